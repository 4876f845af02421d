package session

import (
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
)

// Key is the access key that calls are signed with, and its secret. The simulator takes any.
const Key = "sandbox"

// Timeout is the function's on Lambda, as in its template.
const Timeout = 5 * time.Minute

// NewHandler wires the handler as functions/failover does. Its log and its metrics are lines of JSON, with the names that
// Lambda's own logger has.
func NewHandler(settings failover.Settings, cfg aws.Config, log io.Writer) *failover.Handler {
	both := NewClients(cfg)
	clients := failover.Clients{EC2: both.EC2, Records: both.Records, Scaling: both.Scaling}
	if settings.EventBus != "" {
		clients.Bus = eventbridgeapi.New(eventbridge.NewFromConfig(cfg), settings.EventBus)
	}
	names := func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.MessageKey {
			a.Key = "message"
		}
		return a
	}
	lines := slog.NewJSONHandler(log, &slog.HandlerOptions{ReplaceAttr: names})
	return failover.New(settings, cfg.Region, clients, emf.New(log, "sandbox"), slog.New(lines))
}

// NewClients makes the clients that both functions have.
func NewClients(cfg aws.Config) audit.Clients {
	return audit.Clients{
		EC2:     ec2api.New(ec2.NewFromConfig(cfg)),
		Records: route53api.New(route53.NewFromConfig(awsconfig.Paced(cfg, failover.RecordRate())), cfg.Region),
		Scaling: autoscalingapi.New(autoscaling.NewFromConfig(cfg)),
	}
}
