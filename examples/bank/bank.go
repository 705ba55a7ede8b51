// Package bank holds the program of a bank for the demonstration that moves
// money while a node is killed.
package bank

import _ "embed"

// Program is the source of the bank.
//
//go:embed bank.lasp
var Program string
