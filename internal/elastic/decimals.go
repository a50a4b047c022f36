package elastic

import "strconv"

// decimals writes numbers in decimal, most of which share all but their last three
// digits with the one before. The zero value is ready.
type decimals struct {
	thousands int64 // that text is of
	text      []byte
}

// append appends n.
func (d *decimals) append(dst []byte, n int64) []byte {
	if n < 1000 {
		return strconv.AppendInt(dst, n, 10)
	}
	if t := n / 1000; t != d.thousands {
		d.thousands, d.text = t, strconv.AppendInt(d.text[:0], t, 10)
	}
	dst = append(dst, d.text...)
	last := int(n % 1000)
	return append(dst, byte('0'+last/100), byte('0'+last/10%10), byte('0'+last%10))
}
