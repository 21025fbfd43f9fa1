package benchdb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"replydesk/app/store"
)

// Texts says what FillTexts fills in.
type Texts struct {
	Accounts    []int64
	Departments []int64 // hold one ticket in ten
	Users       []int64
	Tickets     int
	Messages    int    // of citizens, spread over the tickets
	Rare        string // a word that one of RareEvery tickets has
	RareEvery   int
}

// FillTexts adds tickets with what citizens wrote and what was answered: a
// message or more, and a reply to four in five. People ask about a few things
// often and many things now and then, with names, places, numbers and days.
func FillTexts(ctx context.Context, db *store.DB, f Texts, now time.Time) error {
	first, firstContact, err := free(ctx, db)
	if err != nil {
		return err
	}
	var payload int64
	if err := db.QueryRow(ctx, `SELECT coalesce(max(id), 0) FROM payloads`).Scan(&payload); err != nil {
		return err
	}
	g := newTalk()
	upTo := func(tickets int) int64 { return int64(f.Messages) * int64(tickets) / int64(f.Tickets) }
	for done := 0; done < f.Tickets; done += batch {
		size := min(batch, f.Tickets-done)
		err := db.Atomic(ctx, func(tx *store.Tx) error {
			rows := newTextRows(tx)
			for i := done; i < done+size; i++ {
				from := upTo(i)
				t := textTicket{id: first + int64(i), contact: firstContact + int64(i), n: i, messages: int(upTo(i+1) - from), payload: payload + from}
				if err := rows.add(ctx, f, t, g, row(i, f.Tickets, f.Users, now)); err != nil {
					return err
				}
			}
			return rows.flush(ctx)
		})
		if err != nil {
			return fmt.Errorf("fill texts: %w", err)
		}
	}
	return nil
}

// AddAccounts adds accounts of no platform and returns their ids.
func AddAccounts(ctx context.Context, db *store.DB, n int) (ids []int64, err error) {
	err = db.Atomic(ctx, func(tx *store.Tx) error {
		ids = ids[:0]
		for i := range n {
			id, err := tx.Insert(ctx, `INSERT INTO accounts (platform, name, settings, created_at, updated_at) VALUES ('bench', $1, $2, 1, 1)`,
				fmt.Sprintf("账号%d", i), []byte{})
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return nil
	})
	return ids, err
}

// textTicket is one of the tickets to fill in.
type textTicket struct {
	id, contact, payload int64
	n, messages          int
}

// textRows gathers rows of the tables, in the order in which they point at each
// other.
type textRows struct{ contacts, tickets, payloads, messages, replies *insert }

func newTextRows(tx *store.Tx) textRows {
	return textRows{
		contacts: newInsert(tx, contactSQL), tickets: newInsert(tx, heldSQL),
		payloads: newInsert(tx, `INSERT INTO payloads (id, account_id, external_id, received_at, body) VALUES `),
		messages: newInsert(tx, `INSERT INTO messages (ticket_id, payload_id, contact_id, external_id, type, text, sent_at, received_at) VALUES `),
		replies:  newInsert(tx, `INSERT INTO replies (ticket_id, text, state, origin, author_id, answers_until, created_at, updated_at, sent_at) VALUES `),
	}
}

func (r textRows) add(ctx context.Context, f Texts, t textTicket, g *talk, as ticketRow) error {
	account := f.Accounts[t.n%len(f.Accounts)]
	var department int64
	var departments []int64
	if t.n%10 == 3 && len(f.Departments) > 0 {
		department = f.Departments[t.n/10%len(f.Departments)]
		departments = []int64{department}
	}
	texts := make([]string, t.messages)
	for i := range texts {
		texts[i] = g.question()
	}
	if f.RareEvery > 0 && t.n%f.RareEvery == f.RareEvery/2 && len(texts) > 0 {
		texts[0] += f.Rare
	}
	subject := "（无文字）"
	if len(texts) > 0 {
		subject = texts[0]
	}
	if err := r.contacts.add(ctx, t.contact, account, "bench-"+strconv.FormatInt(t.contact, 10), g.name(), as.at); err != nil {
		return err
	}
	err := r.tickets.add(ctx, t.id, fmt.Sprintf("%s-%06d", store.Time(as.at).Format("20060102"), t.id), account, t.contact, "private", as.state, as.active, 0,
		subject, subject, as.assignee, department, t.messages, as.answered, as.due, as.due, as.at, as.at, as.at, store.DepartmentList(departments))
	if err != nil {
		return err
	}
	for i, text := range texts {
		id := t.payload + int64(i) + 1
		if r.payloads.full() || r.messages.full() || r.replies.full() {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
		external := "bench-" + strconv.FormatInt(id, 10)
		if err := r.payloads.add(ctx, id, account, external, as.at, []byte{}); err != nil {
			return err
		}
		if err := r.messages.add(ctx, t.id, id, t.contact, external, "text", text, as.at, as.at); err != nil {
			return err
		}
	}
	if t.n%5 == 0 {
		return nil
	}
	return r.replies.add(ctx, t.id, g.answer(), "sent", "staff", as.assignee, 0, as.at, as.at, as.at)
}

func (r textRows) flush(ctx context.Context) error {
	return firstError(r.contacts.flush(ctx), r.tickets.flush(ctx), r.payloads.flush(ctx), r.messages.flush(ctx), r.replies.flush(ctx))
}

// talk makes up what people write. The same texts come out every time.
type talk struct{ r *rand.Rand }

func newTalk() *talk { return &talk{rand.New(rand.NewPCG(7, 11))} }

// skewed picks the first of n far more often than the last.
func (g *talk) skewed(n int) int {
	x := g.r.Float64()
	return int(x * x * x * float64(n))
}

func (g *talk) pick(list []string) string { return list[g.r.IntN(len(list))] }

func (g *talk) question() string {
	s := topics[g.skewed(len(topics))]
	if g.r.IntN(2) == 0 {
		s = g.pick(openings) + s
	}
	switch g.r.IntN(6) {
	case 0:
		s += "，我住在" + g.place()
	case 1:
		s += "，我叫" + g.name() + "，电话1" + strconv.Itoa(3000000000+g.r.IntN(6_999_999_999-3_000_000_000))
	case 2:
		s += fmt.Sprintf("，%d月%d日提交的申请还没有消息，受理号%d", 1+g.r.IntN(12), 1+g.r.IntN(28), g.r.IntN(1e8))
	}
	if g.r.IntN(3) == 0 {
		s += "，" + g.pick(endings)
	}
	return s
}

func (g *talk) answer() string {
	return g.pick(greetings) + g.pick(answers) + fmt.Sprintf("，咨询电话%d。", 60000000+g.r.IntN(1e7))
}

func (g *talk) place() string {
	return string(places[g.r.IntN(len(places))]) + string(places[g.r.IntN(len(places))]) + g.pick([]string{"路", "街道", "小区", "村", "新苑"}) + strconv.Itoa(1+g.r.IntN(999)) + "号"
}

func (g *talk) name() string {
	n := string(surnames[g.skewed(len(surnames))]) + string(given[g.r.IntN(len(given))])
	if g.r.IntN(3) > 0 {
		n += string(given[g.r.IntN(len(given))])
	}
	return n
}

var (
	surnames  = []rune("王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤")
	given     = []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文晓春海燕飞鹏辉斌波宇浩然子轩梓涵欣怡佳琪雨桐思远嘉懿俊凯瑞泽一诺可馨博睿诗晨曦若彤锦程云帆景行望舒知夏清扬書豪柏霖予安")
	places    = []rune("长安中山人民解放建设和平胜利新华文化友谊光明朝阳东风红旗西湖南京北海天河白云金沙银杏梧桐紫荆玉兰松柏翠竹丁香凤凰龙泉虎丘鹤林鹿鸣燕山雁荡溪水桥头园丁")
	openings  = []string{"您好，", "请问", "你好，想咨询一下", "麻烦问下", "领导您好，", "我想反映一个问题，", "请问一下各位老师，", "投诉："}
	endings   = []string{"请尽快回复", "谢谢", "急，在线等", "之前的留言一直没人理", "希望能给个说法", "麻烦告知需要哪些材料", "可以网上办吗", "周末上班吗"}
	greetings = []string{"您好，", "市民您好，感谢您的留言。", "您好，您反映的问题已收悉。"}
	answers   = []string{
		"请携带身份证到就近的办事窗口办理", "请登录政务服务网在线提交申请，三个工作日内办结", "已转相关科室核实，将在五个工作日内答复您",
		"经核实，该路段养护工程已列入本年度计划", "社区工作人员已上门了解情况并协调处理", "根据现行规定需提供劳动合同、社保缴费证明和居住证明",
		"执法人员已对该商户进行了检查并责令整改", "学位安排以教育部门公布的招生方案为准",
	}
	topics = []string{
		"居住证怎么办理", "公积金可以异地提取吗", "社保断缴了有什么影响", "孩子上小学需要什么材料", "医保卡丢了怎么补办", "小区楼下夜市太吵影响休息",
		"路口的红绿灯坏了好几天", "二手房过户要交哪些税", "老人高龄津贴怎么申请", "食堂过期食品去哪里投诉", "身份证快到期了在哪里换", "驾驶证换证需要体检吗",
		"新生儿落户要带什么", "护照加急办理要多久", "自来水发黄是怎么回事", "停水停电通知在哪里看", "垃圾清运不及时臭气熏天", "楼上装修噪音扰民到半夜",
		"违章停车堵住消防通道", "物业乱收费没人管", "公交线路调整后出行不便", "地铁口共享单车乱停放", "公园健身器材损坏", "河道污染水体发臭",
		"工地扬尘严重", "拖欠农民工工资怎么投诉", "失业金领取条件", "灵活就业人员如何参保", "生育津贴多久到账", "退休工资调整什么时候补发",
		"残疾证年审流程", "低保申请被退回的原因", "廉租房轮候排名查询", "人才引进补贴政策", "毕业生档案转移手续", "营业执照注销流程", "个体户变更经营地址",
		"食品经营许可证延期", "发票丢失如何处理", "个税退税一直审核中", "婚姻登记预约不上", "离婚证补领", "公证处周六办公吗", "不动产证加名字", "宅基地确权登记",
		"拆迁补偿标准", "学区划分范围", "转学手续怎么走", "中考报名资格", "校车安全问题", "疫苗接种点查询", "家庭医生签约", "异地就医备案", "大病救助申请",
		"殡葬补贴发放", "养犬登记办理", "流浪狗伤人", "电梯故障频发", "燃气管道漏气", "窨井盖缺失有危险", "路灯不亮出行不便", "广场舞音响太大", "餐馆油烟直排",
		"网络诈骗报警", "快递丢失维权", "预付卡商家跑路", "景区门票优惠政策", "图书馆借阅证", "献血证异地使用", "退役军人优待证",
	}
)
