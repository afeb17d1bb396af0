// Package policy reads policies that name who may sign which images, and turns
// them into vouchers.
package policy
