package pin

import (
	"strings"
	"testing"
)

func TestCompose(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"plain", "services:\n  a:\n    image: x:1   # c\n", "3 services.a.image x:1\n"},
		{"no newline at the end", "services: {a: {image: x}}", "1 services.a.image x\n"},
		{"extensions", "x-a: {image: no}\nservices:\n  a: {x-image: no, labels: {image: no}}\nvolumes: {image: no}", ""},
		{"anchor", "x-i: &i x:1\nservices: {a: {image: *i}, b: {image: *i}}", "1 services.a.image x:1\n"},
		{"anchor of something else", "x-i: &i x:1\nservices: {a: {image: *i}, b: {image: *i, labels: [*i]}}", "1 services.a.image x:1\n2 note *\"i\" is an image elsewhere, and changes with it\n"},
		{"merge", "x-b: &b {image: x:1}\nservices:\n  a: {<<: *b}\n  b:\n    <<: [*b]\n    image: y", "1 services.a.image x:1\n6 services.b.image y\n"},
		{"service by alias", "x-b: &b {image: x:1}\nservices: {a: *b}", "1 services.a.image x:1\n"},
		{"build", "services: {a: {build: ., image: app:1}}", "1 note services.a.image is the name of what its build makes, and is left alone\n"},
		{"build that is null", "services: {a: {build: , image: app:1}}", "1 services.a.image app:1\n"},
		{"no image", "services: {a: {image: }, b: {image: ''}, c: }", ""},
		{"variable", "services: {a: {image: '${I:-x:1}'}}", "1 services.a.image ${I:-x:1} !has a variable, which compose replaces when it runs: write the name out\n"},
		{"volumes", "services: {a: {volumes: [x:/y, {type: image, source: x:1}, {type: bind, source: z}]}}", "1 services.a.volumes.source x:1\n"},
		{"contexts", "services: {a: {build: {additional_contexts: {x: 'docker-image://x:1', y: ../y}}}, b: {build: {additional_contexts: [z=docker-image://z]}}}", "1 services.a.build.additional_contexts x:1\n1 services.b.build.additional_contexts z\n"},
		{"inline", "services: {a: {build: {dockerfile_inline: 'FROM x'}}}", "1 note services.a.build.dockerfile_inline is not looked at: put it into a file\n"},
		{"other files", "include: [b.yaml]\nservices: {a: {extends: {file: c.yaml, service: a}}}", "1 note included files are not looked at: name them too\n2 note services.a extends a service of another file, which is not looked at: name it too\n"},
		{"block", "services: {a: &x\n  {image: !!str 'x:1'}}\n", "2 services.a.image x:1\n"},
		{"block scalar", "services:\n a:\n  image: |\n   x:1\n", "3 services.a.image x:1\n !is a block of text (| or >): write it on the line of its key\n"},
		{"over lines", "services:\n a:\n  image: x\n   y\n", "3 services.a.image x y !is written with escapes or over several lines: write it plainly\n"},
		{"escapes", "services: {a: {image: \"\\x78:1\"}}", "1 services.a.image x:1 !is written with escapes or over several lines: write it plainly\n"},
		{"number", "services: {a: {image: 3.20}}", "1 services.a.image 3.20 !is no string\n"},
		{"mapping", "services: {a: {image: {x: y}}}", "1 services.a.image  !is no string\n"},
		{"characters before it", "services: {é: {'ü€𝄞': 1, image: \"x:1\"}}", "1 services.é.image x:1\n"},
		{"tabs before it", "services: {a:\t{image:\tx:1\t}}", "1 services.a.image x:1\n"},
		{"value below the key", "services:\n a:\n  image:\n   &i\n   x:1", "5 services.a.image x:1\n"},
		{"byte order mark", "\uFEFFservices: {a: {image: x}}", "1 services.a.image x\n"},
		{"carriage returns", "services:\r  a:\r    image: x\r", "1 services.a.image x\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Find("compose.yaml", Detect, []byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			if got := listed(f); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			for _, p := range f.Places {
				if p.Obstacle == "" && tt.data[p.at[0]:p.at[len(p.at)-1]+1] != p.Text {
					t.Errorf("place %+v is not where it should be", p)
				}
			}
			if back := unpinned(t, "compose.yaml", pinned(t, "compose.yaml", tt.data)); back != tt.data {
				t.Errorf("unpinned: got\n%s", back)
			}
		})
	}
}

const pod = "spec: {containers: [{image: a:1}], initContainers: [{image: b}], ephemeralContainers: [{image: c}], volumes: [{name: v, image: {reference: d}}, {emptyDir: {}}]}"

func TestKubernetes(t *testing.T) {
	of := func(kind string) string {
		return "1 " + kind + " containers image a:1\n1 " + kind + " initContainers image b\n1 " + kind + " ephemeralContainers image c\n1 " + kind + " volumes image.reference d\n"
	}
	for _, tt := range []struct{ name, data, want string }{
		{"pod", "{apiVersion: v1, kind: Pod, " + pod + "}", of("Pod")},
		{"podtemplate", "{apiVersion: v1, kind: PodTemplate, template: {" + pod + "}}", of("PodTemplate")},
		{"replication controller", "{apiVersion: v1, kind: ReplicationController, spec: {template: {" + pod + "}}}", of("ReplicationController")},
		{"deployment", "{apiVersion: apps/v1, kind: Deployment, spec: {template: {" + pod + "}}}", of("Deployment")},
		{"replica set", "{apiVersion: apps/v1, kind: ReplicaSet, spec: {template: {" + pod + "}}}", of("ReplicaSet")},
		{"stateful set", "{apiVersion: apps/v1beta2, kind: StatefulSet, spec: {template: {" + pod + "}}}", of("StatefulSet")},
		{"daemon set", "{apiVersion: apps/v1, kind: DaemonSet, spec: {template: {" + pod + "}}}", of("DaemonSet")},
		{"job", "{apiVersion: batch/v1, kind: Job, spec: {template: {" + pod + "}}}", of("Job")},
		{"cron job", "{apiVersion: batch/v1, kind: CronJob, spec: {jobTemplate: {spec: {template: {" + pod + "}}}}}", of("CronJob")},
		{"list", "{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, " + pod + "}]}", of("Pod")},
		{"list of a kind", "{apiVersion: apps/v1, kind: DeploymentList, items: [{spec: {template: {" + pod + "}}}]}", of("Deployment")},
		{"json", `{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"a:1"}]}}`, "1 Pod containers image a:1\n"},
		{"config map", "{apiVersion: v1, kind: ConfigMap, data: {image: x}}", ""},
		{"status and annotations", "{apiVersion: v1, kind: Pod, metadata: {annotations: {image: x}}, status: {containerStatuses: [{image: x}]}}", ""},
		{"no template at its place", "{apiVersion: apps/v1, kind: Deployment, " + pod + "}", ""},
		{"custom", "apiVersion: example.org/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: x}]}}}\n---\napiVersion: example.org/v1\nkind: Deployment\nimage: y", "3 note objects of kind \"Deployment\" (\"example.org\") are not known, and their images left alone\n"},
		{"custom without images", "{apiVersion: example.org/v1, kind: X, spec: {image: {tag: 1}}}", ""},
		{"documents", "---\n# nothing\n---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: x\n...\n---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n    -   name: y\n        image:    'y'  \n", "8 Pod containers image x\n16 Pod containers image y\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Find("x.yaml", Detect, []byte(tt.data))
			if err != nil {
				t.Fatal(err)
			}
			// The order within a line is that of the text.
			got, want := listed(f), tt.want
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if back := unpinned(t, "x.yaml", pinned(t, "x.yaml", tt.data)); back != tt.data {
				t.Errorf("unpinned: got\n%s", back)
			}
		})
	}
}

func TestYAMLErrors(t *testing.T) {
	for _, tt := range []struct{ name, data, want string }{
		{"no YAML", "services:\n  a: [\n", "no YAML"},
		{"template", "services:\n{{ if x }}\n", "no YAML"},
		{"two keys", "services: {a: {image: x, image: y}}", "line 1: a second image in one mapping"},
		{"two services", "services:\n  a: {image: x}\n  a: {image: y}", `line 3: a second "a" in one mapping`},
		{"UTF-16", "\xff\xfes\x00", "UTF-16"},
		{"not UTF-8", "services: \xff", "not in UTF-8"},
		{"line ends", "# \u2028\nservices: {a: {image: x}}", "line 1: a line end of Unicode"},
		{"unknown anchor", "services: *x", "unknown anchor"},
		{"nodes", "services: [" + strings.Repeat("a,", maxMarks), "more than 250000 YAML nodes"},
		{"itself", "services: &s {a: {<<: *s}, <<: *s}", "too much work"},
		{"size", strings.Repeat("x", MaxBytes+1), "more than 4 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Find("x.yaml", Compose, []byte(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestDetect(t *testing.T) {
	const docker, compose, kube = "FROM x", "services: {}", "{apiVersion: v1, kind: Pod}"
	for _, tt := range []struct {
		name, data string
		want       Kind
	}{
		{"a/Dockerfile", docker, Dockerfile}, {"Dockerfile.dev", docker, Dockerfile}, {"dev.Dockerfile", docker, Dockerfile},
		{"Containerfile", docker, Dockerfile}, {"-", "# x\nARG A\nFROM $A", Dockerfile}, {"x", docker, Dockerfile},
		{"compose.yaml", compose, Compose}, {"-", compose, Compose}, {"x.json", `{"services":{}}`, Compose},
		{"deploy.yml", kube, Kubernetes}, {"-", kube, Kubernetes}, {"compose.yaml", kube, Kubernetes},
		{"x.yaml", "---\n---\n" + kube, Kubernetes},
		{"x.yaml", docker, ""}, {"x", "x: y", ""}, {"x", "", ""},
	} {
		f, err := Find(tt.name, Detect, []byte(tt.data))
		if tt.want == "" {
			if err == nil {
				t.Errorf("%s %q: got %s, want an error", tt.name, tt.data, f.Kind)
			}
			continue
		}
		if err != nil || f.Kind != tt.want {
			t.Errorf("%s %q: got %v, %v, want %s", tt.name, tt.data, f, err, tt.want)
		}
	}
}
