package faq_test

import (
	"testing"

	"replydesk/faq"
)

func TestGives(t *testing.T) {
	const answer = "请携带身份证到派出所办理居住证。"
	for _, around := range [][2]string{
		{"", ""}, {"您好！", "祝好"}, {"尊敬的市民朋友，您好：\n", "\n感谢您对我们工作的理解与支持！"},
		{"张女士您好，关于您咨询的居住证办理问题，现答复如下：", ""}, {"亲，您好~", "如有疑问，请拨打12345政务服务热线。"},
		{"", "\n如需进一步了解，可在工作日拨打咨询电话0571-88886666。"}, {"", "\n市政务服务中心\n2026年3月1日"},
		{"您好，您的留言已收悉。", "以上答复供您参考，祝您生活愉快！"}, {"", "市公安局咨询电话：87654321"}, {"您好😊", "谢谢🙏"},
	} {
		if text := around[0] + answer + around[1]; !(faq.Content{Answer: answer + "\n"}).Gives(text) {
			t.Errorf("nothing was added: %q", text)
		}
	}
	for _, around := range [][2]string{
		{"", "补充：另需填写申请表并加盖公章"}, {"您好！", "还要带户口本。"}, {"", "收费50元"}, {"周末不办理。", ""}, {"", "请到市政务中心办理"},
		{"自2026年5月1日起，", ""}, {"", "注意：需要提前预约，电话12345"}, {"", "办理地点改为市政务服务中心"}, {"不用", ""}, {"", "有效期两年"},
		{"", "如果是未成年人，请由监护人办理"},
	} {
		if text := around[0] + answer + around[1]; (faq.Content{Answer: answer}).Gives(text) {
			t.Errorf("something was added: %q", text)
		}
	}
	for _, text := range []string{"", "请携带身份证到派出所。", "您好"} {
		if (faq.Content{Answer: answer}).Gives(text) {
			t.Errorf("%q does not give the answer", text)
		}
	}
}
