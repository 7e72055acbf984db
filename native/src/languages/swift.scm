; ---- definitions
(class_declaration "class" name: (type_identifier) @name body: (_) @body) @definition.class
(class_declaration "actor" name: (type_identifier) @name body: (_) @body) @definition.class
(class_declaration "struct" name: (type_identifier) @name body: (_) @body) @definition.struct
(class_declaration "enum" name: (type_identifier) @name body: (_) @body) @definition.enum
(class_declaration "extension" name: (user_type (type_identifier) @name . (type_arguments)? .)) @scope
(class_declaration (modifiers (visibility_modifier) @section) "extension")
(protocol_declaration name: (type_identifier) @name body: (_) @body) @definition.interface
(enum_entry name: (simple_identifier) @name) @definition.enumMember
(function_declaration "func" . name: _ @name body: (_) @body) @definition.function
(protocol_function_declaration "func" . name: _ @name) @definition.method
(init_declaration "init" @name body: (_)? @body) @definition.constructor
(deinit_declaration "deinit" @name body: (_) @body) @definition.method
(subscript_declaration "subscript" @name (computed_property)? @body) @definition.method
(property_declaration
  name: (pattern bound_identifier: (simple_identifier) @name) computed_value: (_) @body) @definition.property
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property
(property_declaration name: (pattern (pattern (simple_identifier) @name))) @definition.property
(protocol_property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @definition.property
(typealias_declaration name: (type_identifier) @name) @definition.type
(associatedtype_declaration name: (type_identifier) @name) @definition.type
(macro_declaration (simple_identifier) @name) @definition.macro
(operator_declaration "operator" . (_) @name) @definition.operator
(precedence_group_declaration (simple_identifier) @name) @definition.object
[(lambda_literal) (computed_property)] @function

; ---- marks
[(visibility_modifier) (property_modifier)] @modifier
(attribute) @attribute
[(comment) (multiline_comment)] @comment

; ---- imports
(import_declaration (identifier) @import.module) @import

; ---- calls
(call_expression . (simple_identifier) @name (call_suffix . (lambda_literal)) @call.arguments) @reference.call
(call_expression . (simple_identifier) @name (call_suffix (value_arguments "(") @call.arguments)) @reference.call
(call_expression
  . (navigation_expression target: (_) @call.receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (call_suffix . (lambda_literal)) @call.arguments) @reference.call
(call_expression
  . (navigation_expression target: (_) @call.receiver suffix: (navigation_suffix suffix: (simple_identifier) @name))
  (call_suffix (value_arguments "(") @call.arguments)) @reference.call
(call_expression
  . (prefix_expression operation: "." target: (simple_identifier) @name)
  (call_suffix (value_arguments "(") @call.arguments)) @reference.call
(constructor_expression
  constructed_type: (user_type (type_identifier) @name . (type_arguments)? .)
  (constructor_suffix (value_arguments) @call.arguments)) @reference.class
(attribute (user_type (type_identifier) @name)) @reference.decorator
(macro_invocation (simple_identifier) @name) @reference.macro

; ---- heritage: of a class the first may be a class or a protocol, all others are protocols
(class_declaration "class" ":" . (inheritance_specifier inherits_from: (user_type (type_identifier) @name . (type_arguments)? .))) @heritage.extends
(class_declaration "," . (inheritance_specifier inherits_from: (user_type (type_identifier) @name . (type_arguments)? .))) @heritage.implements
(class_declaration ["struct" "enum" "actor" "extension"] ":" . (inheritance_specifier inherits_from: (user_type (type_identifier) @name . (type_arguments)? .))) @heritage.implements
(protocol_declaration (inheritance_specifier inherits_from: (user_type (type_identifier) @name . (type_arguments)? .))) @heritage.extends

; ---- types in signatures
[(parameter) (enum_type_parameters)] @type.parameter
(function_declaration "->" . (_) @type.return)
(protocol_function_declaration "->" . (_) @type.return)
(subscript_declaration "->" . (_) @type.return)
(type_annotation) @type.variable
(user_type (type_identifier) @reference.type)

; ---- complexity
[(if_statement) (guard_statement) (for_statement) (while_statement) (repeat_while_statement) (catch_block)
 (ternary_expression) (nil_coalescing_expression) (conjunction_expression) (disjunction_expression)] @branch
(switch_entry "case") @branch
