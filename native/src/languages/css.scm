; CSS: every selector that names a class or an id defines it. See README.md for the captures.

; ---- definitions
(class_selector (class_name) @name @definition.class)
(id_selector (id_name) @name @definition.key)
(declaration (property_name) @name (#match? @name "^--")) @definition.variable
(keyframes_statement (keyframes_name) @name (keyframe_block_list) @body) @definition.object
(at_rule (at_keyword) @_property (keyword_query) @name (#eq? @_property "@property")) @definition.variable
(selectors) @outer
; what is inside a rule belongs to its selectors
(rule_set (selectors) @name (block) @scope)
(comment) @comment

; ---- imports
(import_statement [
  (string_value) @import.module
  (call_expression (arguments [(string_value) (plain_value)] @import.module))]) @import
