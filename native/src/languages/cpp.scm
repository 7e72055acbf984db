; C++ beyond c.scm, which comes before it.

; ---- definitions: the declarators that C does not have
; tests of GoogleTest and Boost, which are made by macros: `TEST_F(Group, name) {`
((function_definition !type
  declarator: (function_declarator
    declarator: (identifier) @_macro
    parameters: (parameter_list . (parameter_declaration type: (type_identifier) @name) .))
  body: (_) @body) @definition.function
  (#any-of? @_macro "TEST" "TEST_F" "TEST_P" "TYPED_TEST" "TYPED_TEST_P" "BOOST_AUTO_TEST_CASE") (#set! flag test))
((function_definition !type
  declarator: (function_declarator
    declarator: (identifier) @_macro
    parameters: (parameter_list
      . (parameter_declaration type: (type_identifier) @container) . (parameter_declaration type: (type_identifier) @name) .))
  body: (_) @body) @definition.function
  (#any-of? @_macro "TEST" "TEST_F" "TEST_P" "TYPED_TEST" "TYPED_TEST_P" "BOOST_AUTO_TEST_CASE") (#set! flag test))
(function_definition declarator: (function_declarator
  declarator: [(qualified_identifier) (field_identifier) (destructor_name) (operator_name) (operator_cast)] @name) body: (_) @body) @definition.function
(function_definition declarator: (function_declarator
  declarator: [(qualified_identifier) (field_identifier) (destructor_name) (operator_name)] @name)) @definition.function
(function_definition !body declarator: (function_declarator declarator: (identifier) @name)) @definition.function
(function_definition declarator: (pointer_declarator declarator: (function_declarator
  declarator: [(qualified_identifier) (field_identifier) (operator_name)] @name)) body: (_) @body) @definition.function
(function_definition declarator: (reference_declarator (function_declarator
  declarator: [(identifier) (qualified_identifier) (field_identifier) (operator_name)] @name)) body: (_) @body) @definition.function
(field_declaration declarator: (function_declarator
  declarator: [(field_identifier) (destructor_name) (operator_name)] @name)) @definition.method
(field_declaration declarator: (pointer_declarator declarator: (function_declarator
  declarator: [(field_identifier) (operator_name)] @name))) @definition.method
(field_declaration declarator: (reference_declarator (function_declarator
  declarator: [(field_identifier) (operator_name)] @name))) @definition.method
(field_declaration declarator: (reference_declarator (field_identifier) @name)) @definition.field
(declaration declarator: (function_declarator declarator: [(destructor_name) (operator_name)] @name)) @definition.function
(declaration declarator: (reference_declarator (function_declarator declarator: (identifier) @name))) @definition.function
(declaration declarator: (qualified_identifier) @name) @definition.variable
(declaration declarator: (pointer_declarator declarator: (qualified_identifier) @name)) @definition.variable
(declaration declarator: (init_declarator declarator: (qualified_identifier) @name)) @definition.variable
(declaration declarator: (init_declarator declarator: (pointer_declarator declarator: (qualified_identifier) @name))) @definition.variable
(declaration declarator: (init_declarator declarator: (reference_declarator (identifier) @name))) @definition.variable
(class_specifier name: (type_identifier) @name body: (_) @body) @definition.class
(class_specifier name: (template_type name: (type_identifier) @name) body: (_) @body) @definition.class
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_) @body) @definition.struct
(class_specifier name: (qualified_identifier) @name body: (_) @body) @definition.class
(struct_specifier name: (qualified_identifier) @name body: (_) @body) @definition.struct
(namespace_definition name: (_) @name body: (_) @body) @definition.namespace
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
(lambda_expression) @function
(template_declaration) @outer
(field_declaration_list (access_specifier) @section)
(class_specifier "class" @section)
(virtual_specifier) @modifier
(attribute_declaration) @attribute

; ---- imports
(using_declaration (qualified_identifier) @import.module) @import

; ---- calls
(call_expression
  function: (qualified_identifier scope: (_)? @call.receiver name: (identifier) @name)
  arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (qualified_identifier
    scope: (_) @call.receiver name: (qualified_identifier name: [(identifier) @name (qualified_identifier name: (identifier) @name)]))
  arguments: (_) @call.arguments) @reference.call
(call_expression function: (template_function name: (identifier) @name) arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (qualified_identifier scope: (_)? @call.receiver name: (template_function name: (identifier) @name))
  arguments: (_) @call.arguments) @reference.call
(call_expression
  function: (field_expression argument: (_) @call.receiver field: (template_method name: (field_identifier) @name))
  arguments: (_) @call.arguments) @reference.call
(new_expression type: (type_identifier) @name arguments: (_)? @call.arguments) @reference.class
(new_expression type: (qualified_identifier scope: (_)? @call.receiver name: (type_identifier) @name) arguments: (_)? @call.arguments) @reference.class

; ---- heritage and types in signatures
(base_class_clause) @heritage.extends
(optional_parameter_declaration type: (_) @type.parameter)
(field_declaration type: [(qualified_identifier) (template_type)] @type.variable)
(declaration type: [(qualified_identifier) (template_type)] @type.variable)

; ---- complexity
[(for_range_loop) (catch_clause)] @branch
