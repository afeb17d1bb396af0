package content

// Identity is what a file system says of an object without reading it: the
// file it lies in, the state of that file, and the place in it. Two equal ones
// are the same bytes, as far as the file system can be believed: a change sets
// the change time, which no program can choose.
type Identity struct {
	Dev      uint64 `json:"dev"`
	Ino      uint64 `json:"ino"`
	Size     int64  `json:"size"`     // of the file
	Modified int64  `json:"modified"` // ns since 1970, as Changed
	Changed  int64  `json:"changed"`  // content or attributes
	Name     string `json:"name"`     // of the object in its container
	Offset   int64  `json:"offset"`   // of the object in the file
	Length   int64  `json:"length"`   // of the object
}
