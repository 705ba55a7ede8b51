module github.com/laspc/lasp

go 1.26
