; Bash: see README.md for the captures.

; ---- definitions
(function_definition name: (word) @name body: (_) @body) @definition.function
(declaration_command "readonly" (variable_assignment name: (variable_name) @name) @definition.constant)
(declaration_command (variable_assignment name: (variable_name) @name) @definition.variable)
(declaration_command (variable_name) @name @definition.variable)
(command
  name: (command_name (word) @_alias) . argument: [(word) @name @body (concatenation . (word) @name . (_) @body)]
  (#eq? @_alias "alias") (#match? @name "=") (#set! until "=")) @definition.function
(declaration_command) @outer
(comment) @comment

; ---- imports
(command
  name: (command_name (word) @_source) . argument: (_) @import.module
  (#any-of? @_source "source" ".")) @include

; ---- calls
(command name: (command_name (word) @name)) @reference.call @call.arguments

; ---- complexity
[(if_statement) (elif_clause) (for_statement) (c_style_for_statement) (while_statement) (case_item)] @branch
["&&" "||"] @branch
