package main

// verbGroup is a chapter of `laspc help`.
type verbGroup struct {
	title string
	verbs []verb
}

// verbGroups is the table of verbs, in the order in which help lists them.
func verbGroups() []verbGroup {
	return []verbGroup{
		{"write and run programs", []verb{
			newVerb(),
			checkVerb(),
			runVerb(),
			benchVerb(),
			testVerb(),
			fmtVerb(),
			replVerb(),
			buildVerb(),
			inspectVerb(),
			irVerb(),
			graphVerb(),
			explainVerb(),
			docVerb(),
		}},
		{"run a cluster", []verb{
			demoVerb(),
			clusterVerb(),
			deployVerb(),
			rollbackVerb(),
			sendVerb(),
			queryVerb(),
			watchVerb(),
			statusVerb(),
			membersVerb(),
			leaveVerb(),
			retireVerb(),
			nodeVerb(),
		}},
		{"other", []verb{
			maelstromVerb(),
			completionVerb(),
			versionVerb(),
		}},
	}
}
