package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

func completionVerb() verb {
	return verb{
		name:  "completion",
		args:  "bash|zsh|fish",
		short: "print a completion script for a shell",
		long: `bash: source <(laspc completion bash)
zsh:  source <(laspc completion zsh)
fish: laspc completion fish | source`,
		setup: func(*pflag.FlagSet) action {
			return func(c *call) int {
				scripts := map[string]func() string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}
				if len(c.args) != 1 || scripts[c.args[0]] == nil {
					return c.usage("name a shell: bash, zsh or fish")
				}
				fmt.Fprint(c.stdout, scripts[c.args[0]]())
				return exitDone
			}
		},
	}
}

// flagsOf lists the flags of a verb.
func flagsOf(v verb) []string {
	fs := pflag.NewFlagSet(v.name, pflag.ContinueOnError)
	v.setup(fs)
	var flags []string
	fs.VisitAll(func(f *pflag.Flag) { flags = append(flags, "--"+f.Name) })
	return flags
}

func bashScript() string {
	var names []string
	var cases strings.Builder
	for _, v := range verbs() {
		names = append(names, v.name)
		fmt.Fprintf(&cases, "    %s) words=%q ;;\n", v.name, strings.Join(flagsOf(v), " "))
	}
	return fmt.Sprintf(`_laspc() {
  local cur=${COMP_WORDS[COMP_CWORD]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W %q -- "$cur"))
    return
  fi
  case ${COMP_WORDS[1]} in
%s  esac
  case $cur in
    -*) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
    *) COMPREPLY=($(compgen -f -- "$cur")) ;;
  esac
}
complete -o filenames -F _laspc laspc
`, strings.Join(names, " "), cases.String())
}

func zshScript() string {
	return "autoload -U +X bashcompinit && bashcompinit\n" + bashScript()
}

func fishScript() string {
	var b strings.Builder
	for _, v := range verbs() {
		fmt.Fprintf(&b, "complete -c laspc -n __fish_use_subcommand -a %s -d %q\n", v.name, v.short)
		for _, flag := range flagsOf(v) {
			fmt.Fprintf(&b, "complete -c laspc -n '__fish_seen_subcommand_from %s' -l %s\n", v.name, strings.TrimPrefix(flag, "--"))
		}
	}
	return b.String()
}
