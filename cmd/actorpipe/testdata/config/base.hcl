kafka {
  brokers = [env("BROKER")]
  group   = "scripts"
  topic "users" {}
}
elasticsearch {
  addresses = [env("SINK")]
  backoff {
    max = "500ms"
  }
}
dlq "file" {
  path = "dlq.ndjson"
}
monitor {
  listen = env("LISTEN")
}
