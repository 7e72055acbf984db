; Markdown: headings; see README.md for the captures. The grammar's sections leave out underlined headings, so that
; nesting comes from the levels. The name is also the body: the signature ends with it.
(atx_heading (atx_h1_marker) heading_content: (_) @name @body (#set! level 1)) @definition.section
(atx_heading (atx_h2_marker) heading_content: (_) @name @body (#set! level 2)) @definition.section
(atx_heading (atx_h3_marker) heading_content: (_) @name @body (#set! level 3)) @definition.section
(atx_heading (atx_h4_marker) heading_content: (_) @name @body (#set! level 4)) @definition.section
(atx_heading (atx_h5_marker) heading_content: (_) @name @body (#set! level 5)) @definition.section
(atx_heading (atx_h6_marker) heading_content: (_) @name @body (#set! level 6)) @definition.section
(setext_heading heading_content: (_) @name @body (setext_h1_underline) (#set! level 1)) @definition.section
(setext_heading heading_content: (_) @name @body (setext_h2_underline) (#set! level 2)) @definition.section
