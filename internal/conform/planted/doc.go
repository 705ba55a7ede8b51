// Package planted puts defects into the product and shows that the tests catch
// them. A defect is a replacement in one file, built with an overlay, so that
// nothing on the disk changes; the test that is named must then fail. The list
// and what catches each stands in README.md.
package planted
