; ---- definitions; types that are in no other type are internal unless they say otherwise
(namespace_declaration name: (_) @name body: (_) @body (#set! flag exported) (#set! visibility public)) @definition.namespace
(file_scoped_namespace_declaration name: (_) @name (#set! flag exported) (#set! visibility public)) @definition.namespace
([(compilation_unit [(class_declaration name: (_) @name body: (_)? @body) (record_declaration "class"? name: (_) @name body: (_)? @body)] @definition.class)
  (namespace_declaration body: (declaration_list [(class_declaration name: (_) @name body: (_)? @body) (record_declaration name: (_) @name body: (_)? @body)] @definition.class))]
 (#set! visibility internal))
([(compilation_unit (struct_declaration name: (_) @name body: (_)? @body) @definition.struct)
  (namespace_declaration body: (declaration_list (struct_declaration name: (_) @name body: (_)? @body) @definition.struct))]
 (#set! visibility internal))
([(compilation_unit (interface_declaration name: (_) @name body: (_)? @body) @definition.interface)
  (namespace_declaration body: (declaration_list (interface_declaration name: (_) @name body: (_)? @body) @definition.interface))]
 (#set! visibility internal))
([(compilation_unit (enum_declaration name: (_) @name body: (_)? @body) @definition.enum)
  (namespace_declaration body: (declaration_list (enum_declaration name: (_) @name body: (_)? @body) @definition.enum))]
 (#set! visibility internal))
([(compilation_unit (delegate_declaration name: (_) @name) @definition.type)
  (namespace_declaration body: (declaration_list (delegate_declaration name: (_) @name) @definition.type))]
 (#set! visibility internal))
(class_declaration name: (_) @name body: (_)? @body) @definition.class
(record_declaration name: (_) @name body: (_)? @body) @definition.class
(struct_declaration name: (_) @name body: (_)? @body) @definition.struct
(interface_declaration name: (_) @name body: (_)? @body) @definition.interface
(enum_declaration name: (_) @name body: (_)? @body) @definition.enum
(enum_member_declaration name: (_) @name) @definition.enumMember
(delegate_declaration name: (_) @name) @definition.type
(method_declaration name: (_) @name body: (_)? @body) @definition.method
(local_function_statement name: (_) @name body: (_)? @body) @definition.function
(constructor_declaration name: (_) @name body: (_)? @body) @definition.constructor
(destructor_declaration "~" @name body: (_)? @body) @definition.method
(operator_declaration operator: _ @name body: (_)? @body) @definition.operator
(conversion_operator_declaration "operator" @name body: (_)? @body) @definition.operator
(property_declaration name: (_) @name [(accessor_list) (arrow_expression_clause)] @body) @definition.property
(property_declaration name: (_) @name) @definition.property
(indexer_declaration "this" @name [(accessor_list) (arrow_expression_clause)] @body) @definition.property
(event_declaration name: (_) @name accessors: (_)? @body) @definition.event
(event_field_declaration (variable_declaration (variable_declarator name: (_) @name))) @definition.event
(field_declaration (modifier) @_const (variable_declaration (variable_declarator name: (_) @name))
  (#eq? @_const "const")) @definition.constant
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @definition.field
(record_declaration (parameter_list (parameter name: (_) @name) @definition.property (#set! visibility public)))
[(lambda_expression) (anonymous_method_expression)] @function

; ---- marks
(modifier) @modifier
(attribute_list) @attribute
(comment) @comment

; ---- imports
(using_directive name: (identifier) @import.alias (_) @import.module) @import
(using_directive !name (_) @import.module) @import

; ---- calls
(invocation_expression function: (identifier) @name arguments: (_) @call.arguments) @reference.call
(invocation_expression function: (generic_name . (identifier) @name) arguments: (_) @call.arguments) @reference.call
(invocation_expression
  function: (member_access_expression
    expression: _ @call.receiver name: [(identifier) @name (generic_name . (identifier) @name)])
  arguments: (_) @call.arguments) @reference.call
(invocation_expression
  function: (conditional_access_expression
    condition: (_) @call.receiver
    (member_binding_expression name: [(identifier) @name (generic_name . (identifier) @name)]))
  arguments: (_) @call.arguments) @reference.call
(object_creation_expression
  type: [(identifier) @name (generic_name . (identifier) @name)] arguments: (_)? @call.arguments) @reference.class
(object_creation_expression
  type: (qualified_name qualifier: (_) @call.receiver name: [(identifier) @name (generic_name . (identifier) @name)])
  arguments: (_)? @call.arguments) @reference.class
(constructor_initializer ["base" "this"] @name (argument_list) @call.arguments) @reference.call
(attribute name: [(identifier) @name (qualified_name name: (identifier) @name)]
  (attribute_argument_list)? @call.arguments) @reference.decorator

; ---- heritage: of a class the first may be a class or an interface, what follows are interfaces
([(class_declaration (base_list . [
  (identifier) @name (generic_name . (identifier) @name)
  (qualified_name name: [(identifier) @name (generic_name . (identifier) @name)])
  (primary_constructor_base_type type: [(identifier) @name (generic_name . (identifier) @name)])]))
  (record_declaration (base_list . [
  (identifier) @name (generic_name . (identifier) @name)
  (qualified_name name: [(identifier) @name (generic_name . (identifier) @name)])
  (primary_constructor_base_type type: [(identifier) @name (generic_name . (identifier) @name)])]))] @heritage.extends)
(interface_declaration (base_list [
  (identifier) @name (generic_name . (identifier) @name)
  (qualified_name name: [(identifier) @name (generic_name . (identifier) @name)])])) @heritage.extends
(struct_declaration (base_list [
  (identifier) @name (generic_name . (identifier) @name)
  (qualified_name name: [(identifier) @name (generic_name . (identifier) @name)])])) @heritage.implements
([(class_declaration (base_list (_) . [
  (identifier) @name (generic_name . (identifier) @name)
  (qualified_name name: [(identifier) @name (generic_name . (identifier) @name)])]))
  (record_declaration (base_list (_) . [
  (identifier) @name (generic_name . (identifier) @name)
  (qualified_name name: [(identifier) @name (generic_name . (identifier) @name)])]))] @heritage.implements)

; ---- types in signatures: a type that is one name, and regions around names in other types
(parameter type: (identifier) @name) @type.parameter
(parameter type: (_) @type.parameter)
(method_declaration returns: (identifier) @name) @type.return
(method_declaration returns: (_) @type.return)
(local_function_statement type: (identifier) @name) @type.return
(delegate_declaration type: (identifier) @name) @type.return
(property_declaration type: (identifier) @name) @type.variable
(property_declaration type: (_) @type.variable)
(variable_declaration type: (identifier) @name) @type.variable
(variable_declaration type: (_) @type.variable)
(generic_name . (identifier) @reference.type)
(type_argument_list (identifier) @reference.type)
(nullable_type type: (identifier) @reference.type)
(array_type type: (identifier) @reference.type)
(qualified_name name: (identifier) @reference.type)

; ---- complexity
[(if_statement) (for_statement) (foreach_statement) (while_statement) (do_statement) (catch_clause)
 (conditional_expression) (switch_section) (switch_expression_arm)] @branch
(binary_expression ["&&" "||" "??"] @branch)
