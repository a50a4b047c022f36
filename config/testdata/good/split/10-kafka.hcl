kafka {
  brokers = ["localhost:9092"]
  topic "tweets" { address = "RemoteAddress" }
}
mailbox "users" {}
