package main

import "github.com/asynkron/protoactor-go/actor"

// StoreProps are props of an actor that has that many portions of beans to give away.
func StoreProps(portions int) *actor.Props {
	return actor.PropsFromFunc(func(c actor.Context) {
		if _, ok := c.Message().(*Take); ok {
			c.Respond(&Taken{OK: portions > 0})
			portions = max(portions-1, 0)
		}
	})
}
