package main

import (
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestMatrixStackLeaderMoves stops one of three brokers in order: its leaderships
// move, the records go on. It comes back, and so do they.
func TestMatrixStackLeaderMoves(t *testing.T) {
	c := flowing(t, threeBrokers)
	before := c.leaders()
	c.suffer(harm{
		begin: func(c *chaos) {
			threeBrokers.end(c.t, 1, syscall.SIGTERM)
			c.seeMore()
			if before[1] == 0 || c.leaders()[1] != 0 {
				c.t.Errorf("broker 1 led %d partitions, and now leads %d, want some, and none", before[1], c.leaders()[1])
			}
		},
		end: func(c *chaos) { c.must(threeBrokers.run("up", "kafka")) },
	})
	c.preferLeaders()
	c.seeMore()
	if back := c.leaders(); back[1] == 0 {
		t.Errorf("leaders are %v, want some by broker 1 again", back)
	}
	c.finish()
}

// TestMatrixStackCoordinatorMoves kills the broker that coordinates the group.
func TestMatrixStackCoordinatorMoves(t *testing.T) {
	c := flowing(t, threeBrokers)
	before := c.coordinator()
	c.suffer(harm{
		begin: func(c *chaos) {
			threeBrokers.end(c.t, int(before), syscall.SIGKILL)
			await(c.t, "another coordinator", recoveryBound, func() bool { n := c.coordinator(); return n > 0 && n != before })
			c.seeMore()
		},
		end: func(c *chaos) { c.must(threeBrokers.run("up", "kafka")) },
	})
	c.seeMore()
	c.finish()
}

// TestMatrixStackBrokerBlackHoled has the coordinator of three brokers answer
// nothing to actorpipe, while the other brokers reach it.
func TestMatrixStackBrokerBlackHoled(t *testing.T) {
	c := flowing(t, threeBrokers)
	silent := c.kafka[c.coordinator()-1]
	hole := holeToxic
	hole.Toxicity = 1
	c.suffer(harm{func(*chaos) { silent.add(hole) }, func(*chaos) { silent.heal() }, kafkaSign})
	c.seeMore()
	c.finish()
}

// admin calls do with a client that reaches the brokers directly.
func (c *chaos) admin(do func(*kadm.Client)) {
	client, err := kgo.NewClient(kgo.SeedBrokers(c.brokers...))
	c.must(err)
	defer client.Close()
	do(kadm.NewClient(client))
}

// leaders is how many of the test's partitions each broker leads.
func (c *chaos) leaders() map[int32]int {
	n := map[int32]int{}
	c.admin(func(a *kadm.Client) {
		topics, err := a.ListTopics(c.t.Context(), c.topic("tweets"), c.topic("users"))
		c.must(err)
		topics.EachPartition(func(p kadm.PartitionDetail) { n[p.Leader]++ })
	})
	return n
}

// coordinator is the broker that coordinates the group, 0 while there is none.
func (c *chaos) coordinator() (broker int32) {
	c.admin(func(a *kadm.Client) {
		found := a.FindGroupCoordinators(c.t.Context(), c.groupName())[c.groupName()]
		if found.Err == nil {
			broker = found.NodeID
		}
	})
	return broker
}

// preferLeaders gives each partition back to its first replica, once that is in
// sync.
func (c *chaos) preferLeaders() {
	await(c.t, "leaders to move back", recoveryBound, func() bool {
		c.admin(func(a *kadm.Client) {
			_, err := a.ElectLeaders(c.t.Context(), kadm.ElectPreferredReplica, nil)
			c.must(err)
		})
		return c.leaders()[1] > 0
	})
}
