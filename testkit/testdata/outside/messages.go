package main

// Order asks a waiter, and through it the barista, for a drink. The guest who sent it
// hears *Served or *SoldOut.
type Order struct{ Drink string }

// Served is the good answer to an Order.
type Served struct{ Drink string }

// SoldOut says that there are no beans for the drink.
type SoldOut struct{ Drink string }

// Take asks the store for a portion of beans; it answers *Taken.
type Take struct{}

// Taken says whether there was a portion left.
type Taken struct{ OK bool }

// Rinsed tells whoever cares for the machine that it was rinsed.
type Rinsed struct{}

// rinse is how the barista's timer speaks to it. As a control message it does not
// wait behind orders, nor for room among them.
type rinse struct{}

// Control makes it a mailbox.Control.
func (*rinse) Control() {}
