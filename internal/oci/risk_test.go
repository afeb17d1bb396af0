package oci

import (
	"slices"
	"testing"
)

func TestRisks(t *testing.T) {
	for _, tt := range []struct {
		config string
		want   []string // kind and pointer
	}{
		{`{}`, nil},
		{`{"User":"nobody","WorkingDir":"/srv/app","Env":["PATH=/bin","EMPTY=","BARE","CERT=-----BEGIN\n\tx\r\n"],"Labels":{"a.b":"two\nlines\tand a tab","com.docker.compose.project":"x","org.example.logger":"binary:///bin/sh"},"Volumes":{"/var/lib/x..y":{}}}`, nil},
		{`{"User":"0"}`, nil},
		{`{"User":"2147483647:2147483647"}`, nil},
		{`{"User":"1000650000"}`, nil},
		{`{"User":"app:wheel"}`, nil},
		{`{"User":"2000000000000user"}`, nil},
		{`{"User":":"}`, nil},
		{`{"User":"2147483648"}`, []string{"risky-user /config/User"}},
		{`{"User":"4294967296:4294967296"}`, []string{"risky-user /config/User", "risky-user /config/User"}},
		{`{"User":"app:99999999999999999999"}`, []string{"risky-user /config/User"}},
		{`{"User":"-1"}`, []string{"risky-user /config/User"}},
		{`{"User":"root\n0"}`, []string{"risky-text /config/User"}},
		{`{"WorkingDir":"/proc/self/fd/8"}`, []string{"risky-path /config/WorkingDir"}},
		{`{"WorkingDir":"//srv/.././proc/self/fd/8/"}`, []string{"risky-path /config/WorkingDir"}},
		{`{"WorkingDir":"/process"}`, nil},
		{`{"WorkingDir":"/srv/proc"}`, nil},
		{`{"WorkingDir":"/srv\u0000/x"}`, []string{"risky-text /config/WorkingDir"}},
		{`{"Volumes":{"/../../etc":{}}}`, []string{"risky-path /config/Volumes/~1..~1..~1etc"}},
		{`{"Volumes":{"C:\\data\\..\\..":{}}}`, []string{`risky-path /config/Volumes/C:\data\..\..`}},
		{`{"Volumes":{"/a\u0007":{}}}`, []string{"risky-text /config/Volumes/~1a\a"}},
		{`{"Labels":{"containerd.io/restart.loguri":"binary:///bin/sh?-c=id"}}`, []string{"risky-label /config/Labels/containerd.io~1restart.loguri"}},
		{`{"Labels":{"containerd.io/restart.status":"running","nerdctl/log-uri":"x"}}`, []string{"risky-label /config/Labels/containerd.io~1restart.status", "risky-label /config/Labels/nerdctl~1log-uri"}},
		{`{"Labels":{"containerd.io/distribution.source.example.org":"library/x"}}`, nil},
		{`{"Labels":{"a\nb":"x"}}`, []string{"risky-text /config/Labels/a\nb"}},
		{`{"Labels":{"a":"\u001b[2J"}}`, []string{"risky-text /config/Labels/a"}},
		{`{"Env":["A=1","B\n=2","C=\u001b[2J"]}`, []string{"risky-text /config/Env/1", "risky-text /config/Env/2"}},
		{`{"User":7,"Env":"x","Labels":[],"Volumes":["/a"],"WorkingDir":null}`, nil},
	} {
		cfg, _ := ParseConfig([]byte(`{"architecture":"amd64","os":"linux","config":`+tt.config+`,"rootfs":{"type":"layers","diff_ids":[]}}`), DefaultLimits())
		if cfg == nil || cfg.Container == nil {
			t.Fatalf("%s: not read", tt.config)
		}
		var got []string
		for _, p := range cfg.Container.Risks() {
			got = append(got, string(p.Kind)+" "+p.Pointer)
		}
		slices.Sort(got)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.config, got, tt.want)
		}
	}
}
