; What JavaScript, TypeScript and TSX have in common.

; ---- functions
(function_declaration name: (identifier) @name body: (_) @body) @definition.function
(generator_function_declaration name: (identifier) @name body: (_) @body) @definition.function
(variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @definition.function
(pair key: [(property_identifier) (string) (private_property_identifier) (computed_property_name)] @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @definition.method
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]
  (#eq? @_exports "exports")) @definition.function
(assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]
  (#eq? @_prototype "prototype")) @definition.method
(assignment_expression
  left: (member_expression
    object: (member_expression object: (_) @container property: (property_identifier) @_prototype)
    property: (property_identifier) @name)
  right: (_)
  (#eq? @_prototype "prototype")) @definition.property
(assignment_expression
  left: (member_expression object: (_) @name property: (property_identifier) @_prototype)
  right: (object)
  (#eq? @_prototype "prototype")) @scope
(assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
    property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @definition.function
(assignment_expression
  left: (member_expression object: (this) property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]) @definition.method
(assignment_expression
  left: (member_expression object: [(identifier) (member_expression)] @container property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body) (generator_function body: (_) @body)]
  (#not-any-of? @container "exports" "module" "module.exports")) @definition.method
(arguments (function_expression name: (identifier) @name body: (_) @body) @definition.function)
(arrow_function) @function
(function_expression) @function
(generator_function) @function
(class_static_block) @function

; ---- classes
(class_declaration name: (_) @name body: (_) @body) @definition.class
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @definition.class
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)
  right: (class body: (_) @body)
  (#eq? @_exports "exports")) @definition.class
(assignment_expression
  left: (member_expression object: [(identifier) (member_expression)] @container property: (property_identifier) @name)
  right: (class body: (_) @body)
  (#not-any-of? @container "exports" "module" "module.exports")) @definition.class
(assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
    property: (property_identifier) @name)
  right: (class body: (_) @body)
  (#eq? @_module "module") (#eq? @_exports "exports")) @definition.class
; classes that functions make: `base => class Name extends base {`
(arrow_function body: (class name: (_) @name body: (_) @body) @definition.class)
(return_statement (class name: (_) @name body: (_) @body) @definition.class)
(arguments (class name: (_) @name body: (_) @body) @definition.class)
(method_definition name: [(property_identifier) (private_property_identifier) (string) (computed_property_name)] @name
  body: (_) @body) @definition.method

; ---- default exports without a name, and other top-level values
(export_statement "default" @name value: [(arrow_function body: (_) @body) (function_expression !name body: (_) @body)]) @definition.function
(export_statement "default" @name value: (class !name body: (_) @body)) @definition.class
(export_statement "default" @name value: [(object) (call_expression) (new_expression)]) @definition.variable
(lexical_declaration kind: "const" (variable_declarator name: (identifier) @name) @definition.constant)
(variable_declarator name: (identifier) @name) @definition.variable
; what a pattern binds
(lexical_declaration kind: "const" (variable_declarator name: (object_pattern [
  (shorthand_property_identifier_pattern) @name
  (object_assignment_pattern left: (shorthand_property_identifier_pattern) @name)
  (pair_pattern value: [(identifier) @name (assignment_pattern left: (identifier) @name)])
  (rest_pattern (identifier) @name)])) @definition.constant)
(lexical_declaration kind: "const" (variable_declarator name: (array_pattern [
  (identifier) @name
  (assignment_pattern left: (identifier) @name)
  (rest_pattern (identifier) @name)])) @definition.constant)

; ---- CommonJS: what a module exports
; A function or class with a name of its own is called by that; without one it is called "exports".
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: [(function_expression name: (identifier) @name body: (_) @body)
          (generator_function name: (identifier) @name body: (_) @body)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @definition.function
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @name)
  right: [(arrow_function body: (_) @body) (function_expression !name body: (_) @body)
          (generator_function !name body: (_) @body)]
  (#eq? @_module "module") (#eq? @name "exports")) @definition.function
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: (class name: (_) @name body: (_) @body)
  (#eq? @_module "module") (#eq? @_exports "exports")) @definition.class
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @name)
  right: (class !name body: (_) @body)
  (#eq? @_module "module") (#eq? @name "exports")) @definition.class
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @name)
  right: [(string) (template_string) (number) (regex) (true) (false) (object) (array) (new_expression)]
  (#eq? @_exports "exports")) @definition.variable
(assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
    property: (property_identifier) @name)
  right: [(string) (template_string) (number) (regex) (true) (false) (object) (array) (new_expression)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @definition.variable
(assignment_expression left: (member_expression object: (identifier) @_exports) right: (_)
  (#eq? @_exports "exports")) @exported
(assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports))
  right: (_)
  (#eq? @_module "module") (#eq? @_exports "exports")) @exported
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: [(arrow_function) (function_expression) (generator_function) (class)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @exported
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @import.alias @_exports)
  right: [(identifier) @import.name (function_expression name: (identifier) @import.name)
          (generator_function name: (identifier) @import.name) (class name: (_) @import.name)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @export
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @import.alias)
  right: (identifier) @import.name
  (#eq? @_exports "exports")) @export
(assignment_expression
  left: (member_expression
    object: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
    property: (property_identifier) @import.alias)
  right: (identifier) @import.name
  (#eq? @_module "module") (#eq? @_exports "exports")) @export
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: (object [(shorthand_property_identifier) @import.name
                  (pair key: (property_identifier) @import.alias value: (identifier) @import.name)])
  (#eq? @_module "module") (#eq? @_exports "exports"))
(assignment_expression
  left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module .))
  (#eq? @_module "module") (#eq? @_exports "exports") (#eq? @_require "require")) @reexport
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @import.alias)
  right: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module .))
  (#eq? @_exports "exports") (#eq? @_require "require")) @reexport
(assignment_expression
  left: (member_expression object: (identifier) @_exports property: (property_identifier) @import.alias)
  right: (member_expression
    object: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module .))
    property: (property_identifier) @import.name)
  (#eq? @_exports "exports") (#eq? @_require "require")) @reexport
(call_expression
  function: [(identifier) @_star (member_expression property: (property_identifier) @_star)]
  arguments: (arguments . (call_expression
    function: (identifier) @_require arguments: (arguments . (string) @import.module .)))
  (#eq? @_star "__exportStar") (#eq? @_require "require")) @reexport

; ---- CommonJS: what a name is bound to
(variable_declarator name: (identifier) @import.alias
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module .)) @require
  (#eq? @_require "require"))
(variable_declarator name: (identifier) @import.alias
  value: (call_expression
    function: [(identifier) @_wrap (member_expression property: (property_identifier) @_wrap)]
    arguments: (arguments . (call_expression
      function: (identifier) @_require arguments: (arguments . (string) @import.module .)) @require))
  (#any-of? @_wrap "__importDefault" "__importStar" "_interopRequireDefault" "_interopRequireWildcard" "__toESM")
  (#eq? @_require "require"))
(variable_declarator name: (identifier) @import.alias
  value: (member_expression
    object: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module .))
    property: (property_identifier) @import.name)
  (#eq? @_require "require")) @require
(variable_declarator name: (object_pattern)
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @import.module .))
  (#eq? @_require "require")) @require
(variable_declarator
  name: (object_pattern
    [(shorthand_property_identifier_pattern) @import.name
     (object_assignment_pattern left: (shorthand_property_identifier_pattern) @import.name)
     (pair_pattern key: (property_identifier) @import.name value: (identifier) @import.alias)])
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) .))
  (#eq? @_require "require"))

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
(decorator (member_expression object: (_) @call.receiver property: (property_identifier) @name)) @reference.decorator
(decorator (call_expression function: (identifier) @name arguments: (_) @call.arguments)) @reference.decorator
(decorator (call_expression
  function: (member_expression object: (_) @call.receiver property: (property_identifier) @name)
  arguments: (_) @call.arguments)) @reference.decorator

; ---- complexity
[(if_statement) (for_statement) (for_in_statement) (while_statement) (do_statement) (switch_case) (catch_clause)
 (ternary_expression)] @branch
["&&" "||" "??"] @branch
