package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// FAQOptions are the sizes of the search benchmark.
type FAQOptions struct {
	Options
	Entries     int
	Few         int // entries of the small library, the floor
	Requests    int
	Connections int
}

// FAQReport says how long a search of the library takes over HTTP, at Few
// entries (the floor) and at Entries.
type FAQReport struct {
	Machine   Machine `json:"machine"`
	Entries   int     `json:"entries"`
	Requests  int     `json:"requests"`
	MS        Times   `json:"ms"`
	PerSecond float64 `json:"per_second"` // at Connections
	Floor     struct {
		Entries int   `json:"entries"`
		MS      Times `json:"ms"`
	} `json:"floor"`
	P50Ratio     float64 `json:"p50_ratio"`
	BuildSeconds float64 `json:"build_seconds"` // import and index
	// Rebuild is the index made anew, at Entries, while searches go on.
	Rebuild RebuildReport `json:"rebuild"`
}

// Lines implements Report.
func (r FAQReport) Lines() []string {
	return []string{
		fmt.Sprintf("faq      search at %d entries: p50 %.2f ms, p99 %.2f ms, %.0f/s (imported and indexed in %.1f s)",
			r.Entries, r.MS.P50, r.MS.P99, r.PerSecond, r.BuildSeconds),
		fmt.Sprintf("  floor  at %d entries: p50 %.2f ms, p99 %.2f ms; ratio p50 %.2f", r.Floor.Entries, r.Floor.MS.P50, r.Floor.MS.P99, r.P50Ratio),
		r.Rebuild.line(),
	}
}

// FAQ runs the benchmark.
func FAQ(ctx context.Context, o FAQOptions) (report FAQReport, err error) {
	report = FAQReport{Machine: machine(), Entries: o.Entries, Requests: o.Requests}
	report.Floor.Entries = o.Few
	few, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	_, err = few.library(ctx, o.Few)
	if err == nil {
		report.Floor.MS, _, err = few.searches(ctx, o.Few, o.Requests, 1)
	}
	if err = errors.Join(err, few.stop()); err != nil {
		return report, err
	}
	many, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, many.stop()) }()
	if report.BuildSeconds, err = many.library(ctx, o.Entries); err != nil {
		return report, err
	}
	if report.MS, _, err = many.searches(ctx, o.Entries, o.Requests, 1); err != nil {
		return report, err
	}
	_, report.PerSecond, err = many.searches(ctx, o.Entries, o.Requests, o.Connections)
	if err != nil {
		return report, err
	}
	report.P50Ratio = round(report.MS.P50 / report.Floor.MS.P50)
	report.Rebuild, err = many.rebuild(ctx, o.Entries)
	return report, err
}

// The words generated entries and questions are made of; what is combined is
// prime to each other in number, so that combinations do not repeat early.
var (
	things  = []string{"居住证", "公积金", "医保卡", "社保", "不动产证", "驾驶证", "营业执照", "低保", "学区", "结婚证", "身份证", "退休金", "电动车号牌"}
	actions = []string{"申请", "补办", "变更", "注销", "查询", "续期", "转移", "提取", "异地使用", "缴费", "登记"}
	places  = []string{"高新区", "临江区", "青禾区", "老城区", "开发区", "乡镇", "外省"}
	askings = []string{"怎么办理", "需要什么材料", "要多少钱", "多久能办好", "在哪里办"}
)

func question(i int) string {
	return places[i%len(places)] + things[i%len(things)] + actions[i%len(actions)] + askings[i%len(askings)] + fmt.Sprint(i/5005)
}

// library imports and indexes n entries.
func (r *rig) library(ctx context.Context, n int) (seconds float64, err error) {
	var file bytes.Buffer
	out := json.NewEncoder(&file)
	for i := range n {
		err := out.Encode(map[string]any{
			"code": fmt.Sprintf("BENCH-%06d", i), "question": question(i),
			"similar_questions": []string{"我想问一下" + question(i) + "呢", things[i%len(things)] + actions[i%len(actions)] + fmt.Sprint(i)},
			"answer":            "请携带身份证原件和相关材料到辖区政务服务中心综合窗口办理，也可在线上申请，自受理之日起五个工作日内办结，不收取费用。",
		})
		if err != nil {
			return 0, err
		}
	}
	began := time.Now()
	if _, err := r.Library.Import(ctx, desk.System(), &file, faq.ImportOptions{Format: "jsonl", Install: true}); err != nil {
		return 0, err
	}
	if err := r.Index.Reconcile(ctx); err != nil {
		return 0, err
	}
	return round(time.Since(began).Seconds()), nil
}

func (r *rig) searches(ctx context.Context, entries, n, connections int) (Times, float64, error) {
	requests := make([][]byte, n)
	for i := range requests {
		q := "您好，请问" + question(i*7919%max(entries, 1)) + "？谢谢"
		requests[i] = request("GET", r.addr, "/api/v1/faq/search?limit=5&q="+url.QueryEscape(q),
			map[string]string{"Authorization": "Bearer " + r.token}, nil)
	}
	if _, _, err := load(ctx, r.addr, connections, requests[:min(n, 50)]); err != nil {
		return Times{}, 0, err
	}
	took, total, err := load(ctx, r.addr, connections, requests)
	return times(took), rate(n, total), err
}
