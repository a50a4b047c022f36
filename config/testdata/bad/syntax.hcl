kafka {
  brokers = ["localhost:9092"
  group   = "actorpipe"
}

elasticsearch {
	password = "swordfish
}
