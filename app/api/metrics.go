package api

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are the figures of this process in a registry of their own.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	hooks    *prometheus.CounterVec
	hookTime prometheus.Histogram
	panics   prometheus.Counter
	page     fiber.Handler
}

func newMetrics(figures []func() []Figure) *metrics {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "desk_http_requests_total", Help: "Requests answered, by route.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "desk_http_request_seconds", Help: "How long requests took, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route"}),
		hooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "desk_webhooks_total", Help: "Webhook calls answered.",
		}, []string{"status"}),
		hookTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "desk_webhook_seconds", Help: "How long webhook calls took, the commit included.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "desk_http_panics_total", Help: "Requests that ended in a panic.",
		}),
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.requests, m.seconds, m.hooks, m.hookTime, m.panics,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), others(figures))
	m.page = adaptor.HTTPHandler(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return m
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) hook(status int, took time.Duration) {
	m.hooks.WithLabelValues(strconv.Itoa(status)).Inc()
	m.hookTime.Observe(took.Seconds())
}

// others collects the figures of other parts, which need not know Prometheus.
type others []func() []Figure

// Describe implements prometheus.Collector: what comes is not known before.
func (others) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (o others) Collect(out chan<- prometheus.Metric) {
	for _, figures := range o {
		for _, f := range figures() {
			kind := prometheus.GaugeValue
			if f.Counter {
				kind = prometheus.CounterValue
			}
			metric, err := prometheus.NewConstMetric(prometheus.NewDesc(f.Name, f.Help, nil, f.Labels), kind, f.Value)
			if err != nil {
				metric = prometheus.NewInvalidMetric(prometheus.NewDesc("desk_figure", f.Name, nil, nil), err)
			}
			out <- metric
		}
	}
}
