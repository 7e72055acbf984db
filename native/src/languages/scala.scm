; ---- definitions
(class_definition name: (_) @name body: (_) @body) @definition.class
(class_definition name: (_) @name) @definition.class
(trait_definition name: (_) @name body: (_)? @body) @definition.interface
(object_definition name: (_) @name body: (_)? @body) @definition.object
(package_object name: (_) @name body: (_)? @body) @definition.object
(enum_definition name: (_) @name body: (_) @body) @definition.enum
(simple_enum_case name: (_) @name) @definition.enumMember
(full_enum_case name: (_) @name) @definition.enumMember
(function_definition name: (_) @name body: (_) @body) @definition.function
(function_declaration name: (_) @name) @definition.function
(given_definition name: (_) @name body: (with_template_body) @body) @definition.object
(given_definition name: (_) @name body: (_)? @body) @definition.constant
(template_body (val_definition pattern: (identifier) @name) @definition.field)
(template_body (var_definition pattern: (identifier) @name) @definition.field)
(val_definition pattern: (identifier) @name) @definition.constant
(val_definition pattern: (identifiers (identifier) @name)) @definition.constant
(var_definition pattern: (identifier) @name) @definition.variable
(var_definition pattern: (identifiers (identifier) @name)) @definition.variable
; what a pattern binds
(template_body (val_definition pattern: (tuple_pattern (identifier) @name)) @definition.field)
(template_body (val_definition pattern: (case_class_pattern (identifier) @name)) @definition.field)
(template_body (val_definition pattern: (infix_pattern left: (identifier) @name)) @definition.field)
(template_body (val_definition pattern: (infix_pattern right: (identifier) @name)) @definition.field)
(template_body (var_definition pattern: (tuple_pattern (identifier) @name)) @definition.field)
(val_declaration name: (_) @name) @definition.constant
(var_declaration name: (_) @name) @definition.variable
(class_parameter ["val" "var"] name: (_) @name) @definition.field
(class_definition "case" class_parameters: (class_parameters (class_parameter name: (_) @name) @definition.field))
(type_definition name: (_) @name) @definition.type
(package_clause name: (_) @name body: (_)? @body (#set! flag exported)) @definition.package
(extension_definition parameters: (parameters (parameter type: [
  (type_identifier) @name
  (generic_type type: (type_identifier) @name)]))) @scope
; what is in a block that is given to a call or computes a value is local
(lambda_expression) @function
(call_expression arguments: [(block) (case_block)] @function)
(infix_expression right: [(block) (case_block)] @function)
(val_definition value: [(block) (indented_block)] @function)
(var_definition value: [(block) (indented_block)] @function)

; ---- marks
(modifiers) @modifier
(annotation) @attribute
[(comment) (block_comment)] @comment

; ---- imports
(import_declaration
  . (identifier) @import.module (identifier) @import.module . [(namespace_selectors) (namespace_wildcard)]) @import
(import_declaration
  . (identifier) @import.module (identifier) @import.module . (identifier) @import.name .) @import
(import_declaration . (identifier) @import.module . [(namespace_selectors) (namespace_wildcard)]) @import
(import_declaration . (identifier) @import.module . (identifier) @import.name .) @import
(namespace_selectors (identifier) @import.name)
(namespace_selectors (namespace_wildcard) @import.star)
[(arrow_renamed_identifier name: (_) @import.name alias: (_) @import.alias)
 (as_renamed_identifier name: (_) @import.name alias: (_) @import.alias)]

; ---- calls
(call_expression function: (identifier) @name arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (field_expression value: (_) @call.receiver field: (_) @name) arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (generic_function function: [
    (identifier) @name
    (field_expression value: (_) @call.receiver field: (_) @name)]) arguments: (_) @call.arguments) @reference.call
(instance_expression [
  (type_identifier) @name
  (generic_type type: [(type_identifier) @name (stable_type_identifier (type_identifier) @name)])
  (stable_type_identifier (type_identifier) @name)] arguments: (_)? @call.arguments) @reference.class
(infix_expression left: (_) @call.receiver operator: (identifier) @name) @reference.call
(annotation name: (type_identifier) @name arguments: (_)? @call.arguments) @reference.decorator

; ---- heritage
(extends_clause [
  (type_identifier) @name
  (generic_type type: [(type_identifier) @name (stable_type_identifier (type_identifier) @name)])
  (stable_type_identifier (type_identifier) @name)]) @heritage.extends

; ---- types in signatures
(parameter) @type.parameter
(class_parameter) @type.parameter
(function_definition return_type: (_) @type.return)
(function_declaration return_type: (_) @type.return)
(val_definition type: (_) @type.variable)
(var_definition type: (_) @type.variable)
(val_declaration type: (_) @type.variable)
(var_declaration type: (_) @type.variable)
(type_identifier) @reference.type

; ---- complexity
[(if_expression) (while_expression) (do_while_expression) (for_expression) (case_clause)] @branch
(infix_expression operator: (operator_identifier) @branch (#any-of? @branch "&&" "||"))
