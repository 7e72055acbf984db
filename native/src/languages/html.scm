; HTML: elements with an id or a name, headings, what scripts and links load. See README.md for the captures.

; ---- definitions
(element
  . (start_tag (tag_name) @_tag (attribute (attribute_name) @_id [
    (quoted_attribute_value (attribute_value) @name) (attribute_value) @name])) . (_) @body
  (#any-of? @_id "id" "name" "ID" "NAME") (#not-eq? @_tag "meta")) @definition.key
(element . [(start_tag (tag_name) @_tag (attribute (attribute_name) @_id [
    (quoted_attribute_value (attribute_value) @name) (attribute_value) @name]))
  (self_closing_tag (tag_name) @_tag (attribute (attribute_name) @_id [
    (quoted_attribute_value (attribute_value) @name) (attribute_value) @name]))]
  (#any-of? @_id "id" "name" "ID" "NAME") (#not-eq? @_tag "meta")) @definition.key
(element . (start_tag . (tag_name) @_heading) . [(text) @name (element . (start_tag) . (text) @name)]
  (#match? @_heading "^[hH][1-6]$")) @definition.section
(element . (start_tag . (tag_name) @_heading) . (element . (start_tag) . (end_tag)) . (text) @name
  (#match? @_heading "^[hH][1-6]$")) @definition.section
(comment) @comment

; ---- imports
(script_element . (start_tag (attribute (attribute_name) @_src [
    (quoted_attribute_value (attribute_value) @import.module) (attribute_value) @import.module]))
  (#eq? @_src "src")) @import
(element . [(start_tag . (tag_name) @_link (attribute (attribute_name) @_href [
    (quoted_attribute_value (attribute_value) @import.module) (attribute_value) @import.module]))
  (self_closing_tag . (tag_name) @_link (attribute (attribute_name) @_href [
    (quoted_attribute_value (attribute_value) @import.module) (attribute_value) @import.module]))]
  (#eq? @_link "link") (#eq? @_href "href")) @import
