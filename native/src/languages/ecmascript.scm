; What JavaScript, TypeScript and TSX have in common.

; ---- functions
(function_declaration name: (identifier) @name body: (_) @body) @definition.function
(generator_function_declaration name: (identifier) @name body: (_) @body) @definition.function
(variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @definition.function
(pair key: [(property_identifier) (string) (private_property_identifier)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#eq? @_exports "exports")) @definition.function
(assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#eq? @_prototype "prototype")) @definition.method
(assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @definition.function
(assignment_expression
  left: (member_expression object: (identifier) @container property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]
  (#not-any-of? @container "exports" "module")) @definition.method
(assignment_expression
  left: (member_expression object: (this) property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(expression_statement
  (assignment_expression left: (member_expression object: (identifier) @_exports) right: (_))
  (#eq? @_exports "exports")) @exported
(expression_statement
  (assignment_expression
    left: (member_expression
      object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports))
    right: (_))
  (#eq? @_module "module") (#eq? @_exports "exports")) @exported
(arrow_function) @function
(function_expression) @function
(generator_function) @function
(class_static_block) @function

; ---- classes
(class_declaration name: (_) @name body: (_) @body) @definition.class
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class
(method_definition name: [(property_identifier) (private_property_identifier) (string) (computed_property_name)] @name
  body: (_) @body) @definition.method

; ---- default exports without a name, and other top-level values
(export_statement "default" @name value: [(arrow_function body: (_) @body) (function_expression !name body: (_) @body)]) @definition.function
(export_statement "default" @name value: (class !name body: (_) @body)) @definition.class
(export_statement "default" @name value: [(object) (call_expression) (new_expression)]) @definition.variable
(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant)
(variable_declarator name: (identifier) @name) @definition.variable
(lexical_declaration kind: "const"
  (variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @name)) @definition.constant)

; ---- wrappers and marks
(export_statement declaration: (_)) @exported
(export_statement value: [(class) (function_expression) (arrow_function)]) @exported
(export_statement "default" value: [(object) (call_expression) (new_expression)]) @exported
(lexical_declaration) @outer
(variable_declaration) @outer
(decorator) @attribute
(comment) @comment
["static" "async"] @modifier

; ---- imports and exports
(import_statement source: (string) @import.module) @import
(import_clause (identifier) @import.alias)
(import_specifier name: (_) @import.name alias: (_)? @import.alias)
(namespace_import "*" @import.star (identifier) @import.alias)
(export_statement (export_clause) !source) @export
(export_statement source: (string) @import.module) @reexport
(export_statement "default" @import.alias value: (identifier) @import.name) @export
(export_specifier name: (_) @import.name alias: (_)? @import.alias)
(namespace_export "*" @import.star (_) @import.alias)
(call_expression
  function: (identifier) @_require
  arguments: (arguments . (string) @import.module .)
  (#eq? @_require "require")) @require
(call_expression function: (import) arguments: (arguments . (string) @import.module)) @import

; ---- calls
(call_expression function: (identifier) @name arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (member_expression object: (_) @call.receiver property: [(property_identifier) (private_property_identifier)] @name)
  arguments: (_) @call.arguments) @reference.call
(call_expression function: (super) @name arguments: (_) @call.arguments) @reference.call
(new_expression constructor: (identifier) @name arguments: (_)? @call.arguments) @reference.class
(new_expression
  constructor: (member_expression object: (_) @call.receiver property: (property_identifier) @name)
  arguments: (_)? @call.arguments) @reference.class
(decorator (identifier) @name) @reference.decorator
(decorator (call_expression function: (identifier) @name arguments: (_) @call.arguments)) @reference.decorator
(decorator (call_expression
  function: (member_expression object: (_) @call.receiver property: (property_identifier) @name)
  arguments: (_) @call.arguments)) @reference.decorator

; ---- complexity
[(if_statement) (for_statement) (for_in_statement) (while_statement) (do_statement) (switch_case) (catch_clause)
 (ternary_expression)] @branch
["&&" "||" "??"] @branch
