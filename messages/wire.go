package messages

// Tweet is a record of the topic "tweets" as the demo and the tests produce it,
// in JSON. The program itself knows no record type: RemoteAddress is found by
// the path that the topic's block of the configuration names.
type Tweet struct {
	Message       string
	User          *User
	Tags          []string
	RemoteAddress string
}

// User is a record of the topic "users" as the demo and the tests produce it,
// in JSON.
type User struct {
	Name string
	Id   string //nolint:revive // the field's name on the wire
}
