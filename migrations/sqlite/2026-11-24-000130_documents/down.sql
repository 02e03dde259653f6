DROP TABLE document_usage;
DROP TABLE documents;
