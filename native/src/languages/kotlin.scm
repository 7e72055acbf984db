; ---- definitions
(class_declaration name: (identifier) @name (enum_class_body) @body) @definition.enum
(class_declaration "interface" name: (identifier) @name (class_body) @body) @definition.interface
(class_declaration "interface" name: (identifier) @name) @definition.interface
(class_declaration name: (identifier) @name (class_body) @body) @definition.class
(class_declaration name: (identifier) @name) @definition.class
; behind an annotation, `annotation class Name` without a body looks like a call
((infix_expression (_) . (identifier) @_class . [(identifier) @name (call_expression . (identifier) @name)]) @definition.class
  (#eq? @_class "class"))
(object_declaration name: (identifier) @name (class_body)? @body) @definition.object
(companion_object name: (identifier) @name (class_body)? @body) @definition.object
; what is in a companion without a name belongs to the class
(class_declaration name: (identifier) @name (class_body (companion_object !name) @scope))
(companion_object !name (class_body
  (function_declaration name: (identifier) @name (function_body)? @body) @definition.method)
  (#set! flag static))
(enum_entry (identifier) @name (class_body)? @body) @definition.enumMember
(function_declaration name: (identifier) @name (function_body) @body) @definition.function
(function_declaration name: (identifier) @name) @definition.function
(secondary_constructor "constructor" @name (block)? @body) @definition.constructor
(property_declaration
  (modifiers (property_modifier "const")) (variable_declaration . (identifier) @name)) @definition.constant
(property_declaration (variable_declaration . (identifier) @name) [(getter) (setter)] @body) @definition.property
(property_declaration (variable_declaration . (identifier) @name)) @definition.property
(class_parameter ["val" "var"] . (identifier) @name) @definition.property
(type_alias type: (identifier) @name) @definition.type
(package_header (qualified_identifier) @name (#set! flag exported)) @definition.package
[(lambda_literal) (anonymous_function) (anonymous_initializer) (getter) (setter)] @function

; ---- marks
[(visibility_modifier) (inheritance_modifier)] @modifier
(annotation) @attribute
[(line_comment) (block_comment)] @comment

; ---- imports
((import (qualified_identifier) @import.module) @import
  (#match? @import "[*]$"))
((import
  (qualified_identifier . (identifier) @import.module (identifier) @import.module . (identifier) @import.name .)
  (identifier)? @import.alias) @import
  (#not-match? @import "[*]$"))
((import
  (qualified_identifier . (identifier) @import.module . (identifier) @import.name .)
  (identifier)? @import.alias) @import
  (#not-match? @import "[*]$"))

; ---- calls
(call_expression . (identifier) @name [(value_arguments) (annotated_lambda)] @call.arguments) @reference.call
(call_expression
  . (navigation_expression (_) @call.receiver (identifier) @name .)
  [(value_arguments) (annotated_lambda)] @call.arguments) @reference.call
((infix_expression (_) @call.receiver . (identifier) @name . (_)) @reference.call (#not-eq? @name "class"))
(constructor_delegation_call ["this" "super"] @name (value_arguments) @call.arguments) @reference.call
(constructor_invocation (user_type (identifier) @name .) (value_arguments) @call.arguments) @reference.class
(constructor_invocation
  (user_type (identifier) @name . (type_arguments) .) (value_arguments) @call.arguments) @reference.class
(annotation [(user_type (identifier) @name .) (constructor_invocation (user_type (identifier) @name .))]) @reference.decorator

; ---- heritage: only a class is constructed, what is not is an interface
(delegation_specifier (constructor_invocation (user_type (identifier) @name .))) @heritage.extends
(delegation_specifier (constructor_invocation (user_type (identifier) @name . (type_arguments) .))) @heritage.extends
(delegation_specifier [
  (user_type (identifier) @name .)
  (user_type (identifier) @name . (type_arguments) .)
  (explicit_delegation . [
    (user_type (identifier) @name .)
    (user_type (identifier) @name . (type_arguments) .)])]) @heritage.implements

; ---- types in signatures
(function_value_parameters) @type.parameter
(class_parameters) @type.parameter
(function_declaration (function_value_parameters) . (_) @type.return (function_body)?)
(variable_declaration) @type.variable
(user_type (identifier) @reference.type)

; ---- complexity
[(if_expression) (for_statement) (while_statement) (do_while_statement) (when_entry) (catch_block)] @branch
(binary_expression ["&&" "||" "?:"] @branch)
