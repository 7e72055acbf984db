; ---- definitions
(function_definition name: (identifier) @name body: (_) @body) @definition.function
(class_definition name: (identifier) @name body: (_) @body) @definition.class
(assignment left: (identifier) @name right: (lambda body: (_) @body)) @definition.function
(assignment left: (identifier) @name) @definition.variable
(assignment left: (pattern_list (identifier) @name)) @definition.variable
(type_alias_statement left: (type (identifier) @name)) @definition.type
(assignment
  left: (attribute object: (identifier) @_self attribute: (identifier) @name)
  (#eq? @_self "self")) @definition.field
(lambda) @function
(decorated_definition) @outer
(expression_statement (assignment)) @outer
(decorator) @attribute
(comment) @comment
(class_definition body: (block . (expression_statement (string) @doc)))
(function_definition body: (block . (expression_statement (string) @doc)))

; ---- imports and exports
(import_from_statement module_name: (_) @import.module) @import
(import_from_statement name: (dotted_name) @import.name)
(import_from_statement name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
(import_from_statement (wildcard_import) @import.star)
(import_statement name: (dotted_name) @import.module)
(import_statement name: (aliased_import name: (dotted_name) @import.module alias: (identifier) @import.alias))
(import_statement) @import
(future_import_statement name: (dotted_name) @import.name)
(future_import_statement "__future__" @import.module) @import
(assignment
  left: (identifier) @_all
  right: [(list (string (string_content) @import.name)) (tuple (string (string_content) @import.name))]
  (#eq? @_all "__all__"))
(augmented_assignment
  left: (identifier) @_all
  right: [(list (string (string_content) @import.name)) (tuple (string (string_content) @import.name))]
  (#eq? @_all "__all__"))

; ---- calls
(call function: (identifier) @name arguments: (_) @call.arguments) @reference.call
(call function: (attribute object: (_) @call.receiver attribute: (identifier) @name) arguments: (_) @call.arguments) @reference.call
(decorator (identifier) @name) @reference.decorator
(decorator (attribute object: (_) @call.receiver attribute: (identifier) @name)) @reference.decorator
(decorator (call function: (identifier) @name arguments: (_) @call.arguments)) @reference.decorator
(decorator (call
  function: (attribute object: (_) @call.receiver attribute: (identifier) @name)
  arguments: (_) @call.arguments)) @reference.decorator

; ---- heritage and types in signatures
(class_definition superclasses: (argument_list (identifier) @name @heritage.extends))
(class_definition superclasses: (argument_list (attribute attribute: (identifier) @name) @heritage.extends))
(class_definition superclasses: (argument_list (subscript value: (identifier) @name) @heritage.extends))
(typed_parameter type: (_) @type.parameter)
(typed_default_parameter type: (_) @type.parameter)
(function_definition return_type: (_) @type.return)
(assignment type: (_) @type.variable)
(type (identifier) @reference.type)
(type (generic_type (identifier) @reference.type))
(type (attribute attribute: (identifier) @reference.type))
(type (subscript value: (identifier) @reference.type))
(type (binary_operator (identifier) @reference.type))

; ---- complexity
[(if_statement) (elif_clause) (for_statement) (while_statement) (except_clause) (conditional_expression) (case_clause)
 (if_clause) (for_in_clause) (boolean_operator)] @branch
