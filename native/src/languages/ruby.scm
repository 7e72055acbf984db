; ---- definitions
(singleton_class body: (body_statement
  [(method name: (_) @name body: (_) @body) (method !body name: (_) @name "end" @body)] @definition.method
  (#set! flag static)))
(class name: [(constant) @name (scope_resolution name: (constant) @name)] body: (body_statement (singleton_class) @scope))
(module name: [(constant) @name (scope_resolution name: (constant) @name)] body: (body_statement (singleton_class) @scope))
[(class name: (_) @name body: (_) @body) (class !body name: (_) @name "end" @body)] @definition.class
[(module name: (_) @name body: (_) @body) (module !body name: (_) @name "end" @body)] @definition.module
(module body: (body_statement
  [(method name: (_) @name body: (_) @body) (method !body name: (_) @name "end" @body)] @definition.method))
[(method name: (_) @name body: (_) @body) (method !body name: (_) @name "end" @body)] @definition.function
(singleton_method object: [(self) (constant) @container] name: (_) @name body: (_) @body
  (#set! flag static)) @definition.method
(singleton_method object: [(self) (constant) @container] !body name: (_) @name "end" @body
  (#set! flag static)) @definition.method
[(singleton_method object: (identifier) name: (_) @name body: (_) @body)
 (singleton_method object: (identifier) !body name: (_) @name "end" @body)] @definition.method
(assignment
  left: (constant) @name
  right: (call receiver: (constant) @_class method: (identifier) @_new block: (_)? @body)
  (#any-of? @_class "Struct" "Data" "Class" "Module") (#any-of? @_new "new" "define")) @definition.class
(assignment left: (constant) @name) @definition.constant
(assignment left: (instance_variable) @name (#set! visibility private)) @definition.field
(operator_assignment left: (instance_variable) @name (#set! visibility private)) @definition.field
(call
  method: (identifier) @_attr
  arguments: (argument_list (simple_symbol) @name @definition.property)
  (#any-of? @_attr "attr_accessor" "attr_reader" "attr_writer" "mattr_accessor" "cattr_accessor"))
(call
  method: (identifier) @_define
  arguments: (argument_list . (simple_symbol) @name . (_)? @body)
  block: (_)? @body
  (#any-of? @_define "define_method" "alias_method")) @definition.method
(alias name: (_) @name alias: (_) @body) @definition.method

; ---- marks
(call
  method: (identifier) @_attr
  arguments: (argument_list . (simple_symbol))
  (#any-of? @_attr "attr_accessor" "attr_reader" "attr_writer" "mattr_accessor" "cattr_accessor")) @outer
(call method: (identifier) @modifier arguments: (argument_list . [(method) (singleton_method)])) @outer
(body_statement (identifier) @section (#any-of? @section "private" "protected" "public"))
(comment) @comment

; ---- imports
(call
  !receiver method: (identifier) @_require @import.system
  arguments: (argument_list . (string (string_content) @import.module) .)
  (#eq? @_require "require")) @require
(call
  !receiver method: (identifier) @_require
  arguments: (argument_list . (string (string_content) @import.module) .)
  (#any-of? @_require "require_relative" "load")) @require

; ---- calls
(call receiver: (_)? @call.receiver method: (_) @name arguments: (_)? @call.arguments) @reference.call
(call
  receiver: [(constant) @name (scope_resolution scope: (_) @call.receiver name: (constant) @name)]
  method: (identifier) @_new arguments: (_)? @call.arguments
  (#eq? @_new "new")) @reference.class

; ---- heritage
(superclass [(constant) @name (scope_resolution name: (constant) @name)]) @heritage.extends
(call
  !receiver method: (identifier) @_include
  arguments: (argument_list [(constant) @name (scope_resolution name: (constant) @name)])
  (#any-of? @_include "include" "extend" "prepend")) @heritage.embeds

; ---- complexity
[(if) (unless) (elsif) (while) (until) (for) (when) (in_clause) (rescue) (conditional) (if_modifier) (unless_modifier)
 (while_modifier) (until_modifier) (rescue_modifier)] @branch
(binary ["&&" "||" "and" "or"] @branch)
