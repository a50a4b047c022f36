kafka {
  brokers = [env("BROKER")]
  group   = env("GROUP")
  topic "users" {}
}
elasticsearch {
  addresses = [env("SINK")]
  backoff {
    max = "500ms"
  }
}
dlq "file" {
  path = env("DLQ")
}
monitor {
  listen = env("LISTEN")
}
