package report

// Codes of policies that are evaluated.
const (
	PolicyRejected Code = "policy.rejected"
)

var policyEntries = []Entry{
	denies(PolicyRejected, "", "docs/trust.md", "a policy rejects the image",
		"The policy that was given says reject for this image, or nothing in it applies to the image, which means the same. The finding says which requirement. The name that a policy goes by is the one given with --as, else those that the source gives the image."),
}
