; ---- definitions
(function_item name: (identifier) @name body: (_) @body) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(struct_item name: (type_identifier) @name body: (_)? @body) @definition.struct
(union_item name: (type_identifier) @name body: (_) @body) @definition.union
(enum_item name: (type_identifier) @name body: (_) @body) @definition.enum
(enum_variant name: (identifier) @name) @definition.enumMember
(trait_item name: (type_identifier) @name body: (_) @body) @definition.interface
(type_item name: (type_identifier) @name) @definition.type
(associated_type name: (type_identifier) @name) @definition.type
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.variable
(mod_item name: (identifier) @name body: (_)? @body) @definition.module
(macro_definition name: (identifier) @name) @definition.macro
(field_declaration name: (field_identifier) @name) @definition.field
(impl_item type: [
  (type_identifier) @name
  (generic_type type: [(type_identifier) @name (scoped_type_identifier name: (_) @name)])
  (scoped_type_identifier name: (_) @name)
  (reference_type type: (type_identifier) @name)]) @scope
(closure_expression) @function

; ---- marks
(attribute_item) @attribute
(visibility_modifier) @modifier
[(line_comment) (block_comment)] @comment

; ---- imports
(use_declaration (visibility_modifier)) @reexport
(use_declaration argument: (identifier) @import.name) @import
(use_declaration argument: (scoped_identifier path: (_)? @import.module name: (_) @import.name)) @import
(use_declaration argument: (use_as_clause
  path: (scoped_identifier path: (_)? @import.module name: (_) @import.name) alias: (_) @import.alias)) @import
(use_declaration argument: (use_as_clause path: (identifier) @import.name alias: (_) @import.alias)) @import
(use_declaration argument: (use_wildcard (_) @import.module)) @import
(use_declaration) @import
(scoped_use_list path: (_) @import.module) @import.group
(use_list (identifier) @import.name)
(use_list (self) @import.name)
(use_list (scoped_identifier path: (_)? @import.module name: (_) @import.name))
(use_list (use_as_clause
  path: (scoped_identifier path: (_)? @import.module name: (_) @import.name) alias: (_) @import.alias))
(use_list (use_as_clause path: [(identifier) (self)] @import.name alias: (_) @import.alias))
(use_list (use_wildcard (_) @import.module))
(use_list (use_wildcard "*" @import.star))
(extern_crate_declaration name: (_) @import.module alias: (_)? @import.alias) @import

; ---- calls
(call_expression function: (identifier) @name arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (field_expression value: (_) @call.receiver field: (field_identifier) @name)
  arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (scoped_identifier path: (_)? @call.receiver name: (identifier) @name)
  arguments: (_) @call.arguments) @reference.call
(call_expression function: (generic_function function: (identifier) @name) arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (generic_function function: (field_expression value: (_) @call.receiver field: (field_identifier) @name))
  arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (generic_function function: (scoped_identifier path: (_)? @call.receiver name: (identifier) @name))
  arguments: (_) @call.arguments) @reference.call
(struct_expression name: (type_identifier) @name) @reference.class
(struct_expression name: (scoped_type_identifier path: (_)? @call.receiver name: (_) @name)) @reference.class
(macro_invocation macro: (identifier) @name) @reference.macro
(macro_invocation macro: (scoped_identifier path: (_)? @call.receiver name: (identifier) @name)) @reference.macro

; ---- heritage and types in signatures
(impl_item trait: (type_identifier) @name) @heritage.traitImpl
(impl_item trait: (generic_type type: (type_identifier) @name)) @heritage.traitImpl
(impl_item trait: (scoped_type_identifier name: (_) @name)) @heritage.traitImpl
(impl_item trait: (generic_type type: (scoped_type_identifier name: (_) @name))) @heritage.traitImpl
(trait_item bounds: (trait_bounds) @heritage.extends)
(parameter type: (_) @type.parameter)
(function_item return_type: (_) @type.return)
(function_signature_item return_type: (_) @type.return)
(field_declaration type: (_) @type.variable)
(let_declaration type: (_) @type.variable)
(const_item type: (_) @type.variable)
(static_item type: (_) @type.variable)
(type_identifier) @reference.type

; ---- complexity
[(if_expression) (while_expression) (loop_expression) (for_expression) (match_arm) (try_expression)] @branch
(binary_expression ["&&" "||"] @branch)
