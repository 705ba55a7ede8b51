package main

import (
	"errors"
	"fmt"

	"github.com/laspc/lasp/lang/diag"
	"github.com/spf13/pflag"
)

// flagProblem says in one sentence what is wrong with the flags of a call.
func flagProblem(fs *pflag.FlagSet, err error) string {
	var unknown *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(fs, unknown)
	case errors.As(err, &valueless):
		f := valueless.GetFlag()
		return fmt.Sprintf("--%s needs a value: %s", f.Name, usageOf(f))
	case errors.As(err, &invalid):
		f := invalid.GetFlag()
		return fmt.Sprintf("--%s %s: expected %s", f.Name, invalid.GetValue(), kindOf(f))
	}
	return err.Error()
}

// unknownFlag proposes the flag that the unknown one looks like.
func unknownFlag(fs *pflag.FlagSet, err *pflag.NotExistError) string {
	if err.GetSpecifiedShortnames() != "" {
		return err.Error()
	}
	var names []string
	fs.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	best := diag.Nearest(err.GetSpecifiedName(), names)
	if best == "" {
		return err.Error()
	}
	return fmt.Sprintf("%v; did you mean --%s?", err, best)
}

func usageOf(f *pflag.Flag) string {
	_, text := pflag.UnquoteUsage(f)
	return text
}

// kindOf names the values of a flag for people.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "a whole number"
	case "uint", "uint64":
		return "a whole number from 0"
	case "bool":
		return "true or false"
	}
	return "a " + f.Value.Type()
}
