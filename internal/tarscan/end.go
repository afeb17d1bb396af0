package tarscan

// EndMarker returns the offset of the first zero block, or -1 as long as none
// was seen.
func (s *Scanner) EndMarker() int64 { return s.sum.End }
