elasticsearch { addresses = ["http://localhost:9200"] }
elasticsearch { workers = 2 }
