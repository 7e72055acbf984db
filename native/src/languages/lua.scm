; Lua: see README.md for the captures.

; ---- definitions
; a function without statements has no body: there its `end` is
(function_declaration
  name: [
    (identifier) @name
    (dot_index_expression table: (_) @container field: (identifier) @name)
    (method_index_expression table: (_) @container method: (identifier) @name)]
  body: (_) @body) @definition.function
(function_declaration
  name: [
    (identifier) @name
    (dot_index_expression table: (_) @container field: (identifier) @name)
    (method_index_expression table: (_) @container method: (identifier) @name)]
  "end" @body) @definition.function
(assignment_statement
  (variable_list . name: [
    (identifier) @name
    (dot_index_expression table: (_) @container field: (identifier) @name)])
  (expression_list . value: (function_definition body: (_) @body))) @definition.function
(assignment_statement
  (variable_list . name: [
    (identifier) @name
    (dot_index_expression table: (_) @container field: (identifier) @name)])
  (expression_list . value: (function_definition "end" @body))) @definition.function
(field
  name: [(identifier) @name (string content: (_) @name)]
  value: (function_definition body: (_) @body)) @definition.function
(field
  name: [(identifier) @name (string content: (_) @name)]
  value: (function_definition "end" @body)) @definition.function
(assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (table_constructor) @body)) @definition.object
(variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @definition.variable
(assignment_statement (variable_list name: (identifier) @name)) @definition.variable
(assignment_statement
  (variable_list name: (dot_index_expression table: (_) @container field: (identifier) @name))) @definition.field
(variable_declaration (variable_list name: (identifier) @name)) @definition.variable
(function_definition) @function
(variable_declaration) @outer
"local" @modifier
(comment) @comment

; ---- imports
(assignment_statement
  (variable_list . name: (identifier) @import.alias)
  (expression_list . value: (function_call
    name: (identifier) @_require arguments: (arguments . (string) @import.module)) @require)
  (#eq? @_require "require"))
(function_call
  name: (identifier) @_require arguments: (arguments . (string) @import.module)
  (#eq? @_require "require")) @require

; ---- calls
(function_call name: (identifier) @name arguments: (_) @call.arguments) @reference.call
(function_call
  name: (dot_index_expression table: (_) @call.receiver field: (identifier) @name)
  arguments: (_) @call.arguments) @reference.call
(function_call
  name: (method_index_expression table: (_) @call.receiver method: (identifier) @name)
  arguments: (_) @call.arguments) @reference.call

; ---- complexity
[(if_statement) (elseif_statement) (for_statement) (while_statement) (repeat_statement)] @branch
["and" "or"] @branch
