; YAML: keys of the first two levels of each document, and those of the third that hold more; nothing in sequences, but
; anchors anywhere. See README.md for the captures.
(document (block_node (block_mapping (block_mapping_pair key: (_) @name value: (block_node) @body) @definition.key)))
(document (block_node (block_mapping (block_mapping_pair key: (_) @name) @definition.key)))
(document (flow_node (flow_mapping (flow_pair key: (_) @name) @definition.key)))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (_) @name value: (block_node) @body) @definition.key))))))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (_) @name) @definition.key))))))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair value: (block_node (block_mapping
    (block_mapping_pair key: (_) @name value: (block_node [(block_mapping) (block_sequence)]) @body)
      @definition.key)))))))))
(anchor (anchor_name) @name) @definition.variable
(comment) @comment
