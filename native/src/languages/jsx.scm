; JSX, in JavaScript and TSX: a component calls what it names.
(jsx_self_closing_element name: (identifier) @name (#match? @name "^[A-Z]")) @reference.call
(jsx_opening_element name: (identifier) @name (#match? @name "^[A-Z]")) @reference.call
(jsx_self_closing_element
  name: (member_expression object: (_) @call.receiver property: (property_identifier) @name)) @reference.call
(jsx_opening_element
  name: (member_expression object: (_) @call.receiver property: (property_identifier) @name)) @reference.call
