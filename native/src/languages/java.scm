; ---- definitions
(class_declaration name: (identifier) @name body: (_) @body) @definition.class
(interface_declaration name: (identifier) @name body: (_) @body) @definition.interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @definition.interface
(enum_declaration name: (identifier) @name body: (_) @body) @definition.enum
(record_declaration name: (identifier) @name body: (_) @body) @definition.class
(enum_constant name: (identifier) @name) @definition.enumMember
(method_declaration name: (identifier) @name body: (_)? @body) @definition.method
(annotation_type_element_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name body: (_) @body) @definition.constructor
(compact_constructor_declaration name: (identifier) @name body: (_) @body) @definition.constructor
(field_declaration declarator: (variable_declarator
  name: (identifier) @name value: (lambda_expression body: (_) @body))) @definition.method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @definition.constant
(record_declaration parameters: (formal_parameters
  (formal_parameter name: (identifier) @name) @definition.field (#set! visibility private)))
(module_declaration name: (_) @name body: (_) @body
  (#set! flag exported) (#set! visibility public)) @definition.module
(package_declaration [(identifier) (scoped_identifier)] @name
  (#set! flag exported) (#set! visibility public)) @definition.package
(lambda_expression) @function
(static_initializer) @function

; ---- marks
["public" "protected" "private" "static" "abstract"] @modifier
[(marker_annotation) (annotation)] @attribute
[(line_comment) (block_comment)] @comment

; ---- imports
(import_declaration (scoped_identifier scope: (_) @import.module name: (_) @import.name) .) @import
(import_declaration (_) @import.module (asterisk)) @import
(import_declaration (identifier) @import.name .) @import
(requires_module_directive module: (_) @import.module) @require

; ---- calls
(method_invocation object: (_)? @call.receiver name: (identifier) @name arguments: (_) @call.arguments) @reference.call
(explicit_constructor_invocation constructor: (_) @name arguments: (_) @call.arguments) @reference.call
(object_creation_expression type: (type_identifier) @name arguments: (_) @call.arguments) @reference.class
(object_creation_expression
  type: (generic_type [(type_identifier) @name (scoped_type_identifier (type_identifier) @name .)])
  arguments: (_) @call.arguments) @reference.class
(object_creation_expression
  type: (scoped_type_identifier (_) @call.receiver (type_identifier) @name .)
  arguments: (_) @call.arguments) @reference.class
(method_reference . (_) @call.receiver (identifier) @name .) @reference.call
(method_reference . [(identifier) (type_identifier)] @name "new") @reference.class
(marker_annotation name: [(identifier) @name (scoped_identifier name: (_) @name)]) @reference.decorator
(annotation name: [(identifier) @name (scoped_identifier name: (_) @name)] arguments: (_) @call.arguments) @reference.decorator

; ---- heritage and types in signatures
; only the types themselves: what stands in their angle brackets is not inherited
(superclass [
  (type_identifier) @name
  (scoped_type_identifier (type_identifier) @name .)
  (generic_type . [(type_identifier) @name (scoped_type_identifier (type_identifier) @name .)])]) @heritage.extends
(super_interfaces (type_list [
  (type_identifier) @name
  (scoped_type_identifier (type_identifier) @name .)
  (generic_type . [(type_identifier) @name (scoped_type_identifier (type_identifier) @name .)])])) @heritage.implements
(extends_interfaces (type_list [
  (type_identifier) @name
  (scoped_type_identifier (type_identifier) @name .)
  (generic_type . [(type_identifier) @name (scoped_type_identifier (type_identifier) @name .)])])) @heritage.extends
(object_creation_expression
  type: [(type_identifier) @name (generic_type . (type_identifier) @name)] (class_body)) @heritage.extends
(formal_parameter type: (_) @type.parameter)
(spread_parameter . (_) @type.parameter)
(spread_parameter (modifiers) . (_) @type.parameter)
(method_declaration type: (_) @type.return)
(annotation_type_element_declaration type: (_) @type.return)
(field_declaration type: (_) @type.variable)
(constant_declaration type: (_) @type.variable)
(local_variable_declaration type: (_) @type.variable)
(type_identifier) @reference.type

; ---- complexity
[(if_statement) (for_statement) (enhanced_for_statement) (while_statement) (do_statement) (catch_clause)
 (ternary_expression)] @branch
(switch_label "case") @branch
(binary_expression ["&&" "||"] @branch)
