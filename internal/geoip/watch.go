package geoip

import (
	"context"
	"errors"
	"os"
	"time"
)

// Watch looks at the file every Reload and swaps a changed one in, until ctx is
// done; then it returns nil. Call it once. A file that is gone, broken or of the
// wrong kind is logged once and tried again each time, so that one which is
// still being written is taken when it is whole.
func (d *Database) Watch(ctx context.Context) error {
	ticker := time.NewTicker(d.settings.Reload)
	defer ticker.Stop()
	told := d.loaded // the version last spoken of
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
			told = d.reload(ctx, told)
		}
	}
}

// reload takes the file if it has changed. told is the version that was last
// spoken of.
func (d *Database) reload(ctx context.Context, told os.FileInfo) os.FileInfo {
	if now, err := os.Stat(d.settings.Path); err == nil && same(now, d.loaded) {
		return now
	}
	v, info, err := d.load(ctx, everything)
	switch {
	case ctx.Err() != nil, errors.Is(err, errChanging):
		return told
	case err == nil:
		d.current.Store(v)
		d.loaded = info
		d.reloads.Add(1)
		about := d.About()
		d.log.Info("geoip database reloaded", "path", d.settings.Path, "type", about.Type, "built", about.Built)
	case !same(info, told):
		d.refused.Add(1)
		d.log.Warn("new geoip database refused, the old one stays in use", "reason", err)
	}
	return info
}

// same says whether two looks at a path saw one version of a file; nil is no
// file.
func same(a, b os.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
