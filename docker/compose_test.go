package docker_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// load reads compose.yaml as docker compose does, strictly.
func load(t *testing.T, env ...string) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{"compose.yaml"}, cli.WithEnv(env), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

func TestComposeHasItsServices(t *testing.T) {
	want := []string{"actorpipe", "elasticsearch", "generator", "kafka", "kibana", "topics"}
	if got := load(t).ServiceNames(); !slices.Equal(got, want) {
		t.Errorf("services %v, want %v", got, want)
	}
}

func TestComposeServicesHaveAnImageOfOneVersion(t *testing.T) {
	for name, service := range load(t).Services {
		switch {
		case service.Build != nil:
			checkExists(t, service.Build.Context)
			checkExists(t, service.Build.Context+"/"+service.Build.Dockerfile)
		case service.Image == "":
			t.Errorf("%s has neither an image nor a build", name)
		default:
			checkPinned(t, service.Image)
		}
	}
}

func TestComposeWaitsForWhatCanBeReady(t *testing.T) {
	project := load(t)
	for name, service := range project.Services {
		for on, dependency := range service.DependsOn {
			target := project.Services[on]
			switch dependency.Condition {
			case types.ServiceConditionHealthy:
				if target.HealthCheck == nil || len(target.HealthCheck.Test) == 0 {
					t.Errorf("%s waits for the health of %s, which has no health check", name, on)
				}
			case types.ServiceConditionCompletedSuccessfully:
				if target.Restart != "" {
					t.Errorf("%s waits for the end of %s, which is restarted", name, on)
				}
			default:
				t.Errorf("%s does not wait for %s to be ready: %s", name, on, dependency.Condition)
			}
		}
	}
}

func TestComposeStopsActorpipeAfterItsGraceTime(t *testing.T) {
	grace := load(t).Services["actorpipe"].StopGracePeriod
	if grace == nil {
		t.Fatal("no stop_grace_period")
	}
	if got, drain := time.Duration(*grace), loadConfig(t).ShutdownGrace; got <= drain {
		t.Errorf("killed after %s, but a drain may take %s", got, drain)
	}
}

func TestComposeKeepsTheDLQOnAVolume(t *testing.T) {
	project := load(t)
	path := configured(t, ` path = "`)
	for _, volume := range project.Services["actorpipe"].Volumes {
		if volume.Type == types.VolumeTypeVolume && strings.HasPrefix(path, volume.Target+"/") {
			if _, ok := project.Volumes[volume.Source]; !ok {
				t.Errorf("volume %s is not declared", volume.Source)
			}
			return
		}
	}
	t.Errorf("%s is on no volume", path)
}

func TestComposeMountsWhatTheConfigurationNames(t *testing.T) {
	mounts := make(map[string]string)
	for _, volume := range load(t, "GEOIP_DATABASE=/data/City.mmdb").Services["actorpipe"].Volumes {
		mounts[volume.Target] = volume.Source
	}
	if got := mounts[configured(t, `database = "`)]; got != "/data/City.mmdb" {
		t.Errorf("the database is mounted from %q", got)
	}
	command := dockerfile(t).command
	if got := mounts[command[len(command)-1]]; !strings.HasSuffix(got, "docker/config.hcl") {
		t.Errorf("the program reads %s, mounted from %q", command[len(command)-1], got)
	}
}

func TestComposeNamesItsServicesInTheConfiguration(t *testing.T) {
	services := load(t).Services
	for _, prefix := range []string{`brokers = ["`, `addresses = ["http://`} {
		host, _, _ := strings.Cut(configured(t, prefix), ":")
		if _, ok := services[host]; !ok {
			t.Errorf("the configuration names %s, which is no service", host)
		}
	}
}

func TestComposeMountsFilesThatAreThere(t *testing.T) {
	for _, service := range load(t, "GEOIP_DATABASE=./config.hcl").Services {
		for _, volume := range service.Volumes {
			if volume.Type == types.VolumeTypeBind {
				checkExists(t, volume.Source)
			}
		}
	}
}

func TestComposeOpensLoopbackOnly(t *testing.T) {
	for name, service := range load(t).Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s opens %s:%s", name, port.HostIP, port.Published)
			}
		}
	}
}

func checkExists(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// checkPinned checks that an image names a version.
func checkPinned(t *testing.T, image string) {
	t.Helper()
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if !found || tag == "latest" {
		t.Errorf("image %s names no version", image)
	}
}
