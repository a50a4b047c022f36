kafka {
  group = "actorpipe"
  topic "users" {}
  topic "tweets" { index = "tweets" }
}
mailbox "users" { capacity = 20000 }
geoip { database = "testdata/database" }
