; TypeScript and TSX beyond ecmascript.scm.

; ---- classes
(abstract_class_declaration name: (_) @name body: (_) @body
  (#set! flag abstract)) @definition.class
(public_field_definition name: [(property_identifier) (private_property_identifier) (string)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(public_field_definition name: [(property_identifier) (private_property_identifier) (string)] @name) @definition.field
(interface_body (method_signature name: [(property_identifier) (string) (computed_property_name)] @name) @definition.method)
(class_body
  (method_signature name: [(property_identifier) (private_property_identifier) (string) (computed_property_name)] @name)
    @definition.method)
(type_alias_declaration value: (object_type
  (method_signature name: [(property_identifier) (string) (computed_property_name)] @name) @definition.method))
(abstract_method_signature name: [(property_identifier) (string)] @name) @definition.method
(required_parameter (accessibility_modifier) pattern: (identifier) @name) @definition.field

; ---- types
(interface_declaration name: (_) @name body: (_) @body) @definition.interface
(interface_body (property_signature name: [(property_identifier) (string)] @name) @definition.property)
(type_alias_declaration value: (object_type
  (property_signature name: [(property_identifier) (string)] @name) @definition.property))
(type_alias_declaration name: (_) @name) @definition.type
(enum_declaration name: (_) @name body: (_) @body) @definition.enum
(enum_body (property_identifier) @name @definition.enumMember)
(enum_assignment name: [(property_identifier) (string)] @name) @definition.enumMember
(internal_module name: (_) @name body: (_) @body) @definition.namespace
(module name: (_) @name body: (_)? @body) @definition.module
(function_signature name: (identifier) @name) @definition.function

; ---- wrappers and marks
(ambient_declaration) @outer
(accessibility_modifier) @modifier
["abstract" "readonly"] @modifier

; ---- imports and exports
(import_statement "type" @import.typeOnly) @import
(import_specifier "type" @import.typeOnly name: (_) @import.name alias: (_)? @import.alias)
(export_statement "type" @import.typeOnly (export_clause) source: (string) @import.module) @reexport
(export_specifier "type" @import.typeOnly name: (_) @import.name alias: (_)? @import.alias)
(import_require_clause (identifier) @import.alias source: (string) @import.module) @require
(export_statement "=" @import.alias (identifier) @import.name) @export

; ---- heritage and types in signatures
(extends_clause value: (identifier) @name) @heritage.extends
(extends_clause value: (member_expression property: (property_identifier) @name)) @heritage.extends
(extends_type_clause) @heritage.extends
(implements_clause) @heritage.implements
(required_parameter type: (type_annotation) @type.parameter)
(optional_parameter type: (type_annotation) @type.parameter)
(function_declaration return_type: (type_annotation) @type.return)
(function_signature return_type: (type_annotation) @type.return)
(method_definition return_type: (type_annotation) @type.return)
(method_signature return_type: (type_annotation) @type.return)
(abstract_method_signature return_type: (type_annotation) @type.return)
(arrow_function return_type: (type_annotation) @type.return)
(function_expression return_type: (type_annotation) @type.return)
(public_field_definition type: (type_annotation) @type.variable)
(property_signature type: (type_annotation) @type.variable)
(variable_declarator type: (type_annotation) @type.variable)
(type_alias_declaration value: (_) @type.variable)
(type_identifier) @reference.type
