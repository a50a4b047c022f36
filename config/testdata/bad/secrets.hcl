kafka {
  brokers = ["localhost:9092"]
  group   = "actorpipe"
  sasl {
    username = "reader"
    password = swordfish
  }
  topic "users" {}
}

elasticsearch {
  addresses = ["http://writer:swordfish@localhost:9200"]
  password  = <<EOT
swordfish ${swordfish}
EOT
  api_key   = swordfish()
}
