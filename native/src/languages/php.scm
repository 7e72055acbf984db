; ---- definitions
(namespace_definition name: (_) @name body: (_)? @body) @definition.namespace
(class_declaration name: (name) @name body: (_) @body) @definition.class
(interface_declaration name: (name) @name body: (_) @body) @definition.interface
(trait_declaration name: (name) @name body: (_) @body) @definition.interface
(enum_declaration name: (name) @name body: (_) @body) @definition.enum
(enum_case name: (name) @name) @definition.enumMember
(function_definition name: (name) @name body: (_) @body) @definition.function
(method_declaration name: (name) @name body: (_)? @body) @definition.method
(property_declaration (property_element name: (variable_name (name) @name))) @definition.field
(property_promotion_parameter name: (variable_name (name) @name)) @definition.field
(const_declaration (const_element . (name) @name)) @definition.constant
(function_call_expression
  function: (name) @_define arguments: (arguments . (argument (string) @name))
  (#eq? @_define "define")) @definition.constant
(assignment_expression
  left: (variable_name (name) @name)
  right: [(anonymous_function body: (_) @body) (arrow_function body: (_) @body)]) @definition.function
[(anonymous_function) (arrow_function)] @function

; ---- marks
[(visibility_modifier) (static_modifier) (abstract_modifier)] @modifier
(attribute_list) @attribute
(comment) @comment

; ---- imports
(namespace_use_declaration (namespace_name)? @import.module) @import
(namespace_use_clause . (name) @import.name alias: (_)? @import.alias)
(namespace_use_clause
  (qualified_name prefix: (namespace_name) @import.module (name) @import.name) alias: (_)? @import.alias)
[(require_expression [(string) @import.module (binary_expression right: (string) @import.module)])
 (require_once_expression [(string) @import.module (binary_expression right: (string) @import.module)])] @require
[(include_expression [(string) @import.module (binary_expression right: (string) @import.module)])
 (include_once_expression [(string) @import.module (binary_expression right: (string) @import.module)])] @include

; ---- calls
(function_call_expression function: (name) @name arguments: (_) @call.arguments) @reference.call
(function_call_expression
  function: (qualified_name prefix: (namespace_name)? @call.receiver (name) @name)
  arguments: (_) @call.arguments) @reference.call
(member_call_expression object: (_) @call.receiver name: (name) @name arguments: (_) @call.arguments) @reference.call
(nullsafe_member_call_expression object: (_) @call.receiver name: (name) @name arguments: (_) @call.arguments) @reference.call
(scoped_call_expression scope: (_) @call.receiver name: (name) @name arguments: (_) @call.arguments) @reference.call
(object_creation_expression (name) @name (arguments)? @call.arguments) @reference.class
(object_creation_expression
  (qualified_name prefix: (namespace_name)? @call.receiver (name) @name) (arguments)? @call.arguments) @reference.class
(attribute [(name) @name (qualified_name (name) @name)] parameters: (_)? @call.arguments) @reference.decorator

; ---- heritage and types in signatures
(base_clause [(name) @name (qualified_name (name) @name)]) @heritage.extends
(class_interface_clause [(name) @name (qualified_name (name) @name)]) @heritage.implements
(use_declaration [(name) @name (qualified_name (name) @name)]) @heritage.embeds
(simple_parameter type: (_) @type.parameter)
(variadic_parameter type: (_) @type.parameter)
(property_promotion_parameter type: (_) @type.parameter)
(function_definition return_type: (_) @type.return)
(method_declaration return_type: (_) @type.return)
(property_declaration type: (_) @type.variable)
(named_type [(name) @reference.type (qualified_name (name) @reference.type)])

; ---- complexity
[(if_statement) (else_if_clause) (for_statement) (foreach_statement) (while_statement) (do_statement) (case_statement)
 (catch_clause) (conditional_expression) (match_conditional_expression)] @branch
(binary_expression ["&&" "||" "??" "and" "or"] @branch)
