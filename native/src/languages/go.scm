; ---- definitions
(function_declaration name: (identifier) @name body: (_)? @body) @definition.function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @container
    (pointer_type (type_identifier) @container)
    (generic_type type: (type_identifier) @container)
    (pointer_type (generic_type type: (type_identifier) @container))]))
  name: (field_identifier) @name body: (_)? @body) @definition.method
(type_spec name: (type_identifier) @name type: (struct_type (field_declaration_list) @body)) @definition.struct
(type_spec name: (type_identifier) @name type: (interface_type)) @definition.interface
(type_spec name: (type_identifier) @name) @definition.type
(type_alias name: (type_identifier) @name) @definition.type
(field_declaration name: (field_identifier) @name) @definition.field
(method_elem name: (field_identifier) @name) @definition.method
; not by field: of several names only the first would be found
(const_spec (identifier) @name) @definition.constant
(var_spec name: (identifier) @name value: (expression_list . (func_literal body: (_) @body) .)) @definition.function
(var_spec (identifier) @name) @definition.variable
(package_clause (package_identifier) @name) @definition.package
(func_literal) @function
(type_declaration) @outer
(const_declaration) @outer
(var_declaration) @outer
(comment) @comment

; ---- imports
(import_spec name: (_)? @import.alias path: (_) @import.module) @import

; ---- calls
(call_expression function: (identifier) @name arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (selector_expression operand: (_) @call.receiver field: (field_identifier) @name)
  arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (type_instantiation_expression type: (type_identifier) @name)
  arguments: (_) @call.arguments) @reference.call
; `f[int](x)` with one argument looks like a conversion
(type_conversion_expression type: (generic_type type: (type_identifier) @name)) @reference.call
(composite_literal type: (type_identifier) @name) @reference.class
(composite_literal type: (qualified_type package: (_) @call.receiver name: (type_identifier) @name)) @reference.class

; ---- heritage and types in signatures
(field_declaration !name type: (type_identifier) @name) @heritage.embeds
(field_declaration !name type: (qualified_type name: (type_identifier) @name)) @heritage.embeds
(field_declaration !name type: (generic_type type: (type_identifier) @name)) @heritage.embeds
(type_elem (type_identifier) @name) @heritage.embeds
(type_elem (qualified_type name: (type_identifier) @name)) @heritage.embeds
(parameter_declaration type: (_) @type.parameter)
(variadic_parameter_declaration type: (_) @type.parameter)
(function_declaration result: (_) @type.return)
(method_declaration result: (_) @type.return)
(method_elem result: (_) @type.return)
(field_declaration name: (_) type: (_) @type.variable)
(var_spec type: (_) @type.variable)
(type_identifier) @reference.type

; ---- complexity
[(if_statement) (for_statement) (expression_case) (type_case) (communication_case)] @branch
["&&" "||"] @branch
