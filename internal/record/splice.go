package record

// Splice appends the record with geo, a JSON value of one line, at the target.
// f is what Scan found in this value with this plan, which has a target. It
// appends SplicedBytes.
func (p *Plan) Splice(dst, value []byte, f *Found, geo []byte) []byte {
	from, put := f.start, false
	for _, cut := range f.cuts {
		if !put && f.place.at < cut.from {
			dst = p.insert(f.append(dst, value[from:f.place.at]), f, geo)
			from, put = f.place.at, true
		}
		dst = f.append(dst, value[from:cut.from])
		from = cut.to
	}
	if !put {
		dst = p.insert(f.append(dst, value[from:f.place.at]), f, geo)
		from = f.place.at
	}
	return f.append(dst, value[from:f.end])
}

// SplicedBytes is what Splice appends.
func (p *Plan) SplicedBytes(f *Found, geo []byte) int {
	around := &p.makes[f.place.have]
	n := f.end - f.start + len(around.before) + len(geo) + len(around.after)
	if f.place.after {
		n++ // a comma
	}
	for _, cut := range f.cuts {
		n -= cut.to - cut.from
	}
	return n
}

// insert appends the member that goes in at the place found.
func (p *Plan) insert(dst []byte, f *Found, geo []byte) []byte {
	if f.place.after {
		dst = append(dst, ',')
	}
	around := &p.makes[f.place.have]
	dst = append(dst, around.before...)
	dst = append(dst, geo...)
	return append(dst, around.after...)
}

// AppendLine appends the record as it is, on one line. f is what Scan found in
// this value.
func AppendLine(dst, value []byte, f *Found) []byte {
	return f.append(dst, value[f.start:f.end])
}

// OneLine is the record as it is, on one line: a part of value itself where
// that is one already, a copy otherwise. f is what Scan found in this value.
func OneLine(value []byte, f *Found) []byte {
	if !f.RawNewlines {
		return value[f.start:f.end:f.end]
	}
	return AppendLine(nil, value, f)
}

// append copies a part of the object, with spaces for the newlines between its
// tokens; in strings there are none.
func (f *Found) append(dst, part []byte) []byte {
	from := len(dst)
	dst = append(dst, part...)
	if f.RawNewlines {
		for i := from; i < len(dst); i++ {
			if dst[i] == '\n' || dst[i] == '\r' {
				dst[i] = ' '
			}
		}
	}
	return dst
}
