// The page's words. Chinese is in the markup already, so that the page reads
// before any script runs; English replaces it.
const words = {
  zh: {
    docTitle: "市民手机 · 微信模拟器", skip: "跳到输入框",
    title: "市民手机", subtitle: "您在这里扮演市民，给公众号发消息；工作人员的答复会出现在这部手机上。",
    settings: "设置", traffic: "通信记录", theme: "切换深色或浅色",
    who: "谁发给谁", account: "公众号", citizen: "市民", newCitizen: "＋ 新的市民", iAm: "我是",
    faults: "故障演练", faultsHint: "让平台出错，看看工作台怎么应对。",
    scope: "范围", scopeAccount: "只对当前公众号", scopeAll: "所有公众号",
    killTokens: "立即作废令牌", expireMedia: "素材全部过期", clearFaults: "全部恢复正常",
    off: "正常", once: "下一次", half: "一半", always: "每次",
    conversation: "与公众号的对话", newer: "↓ 有新消息", offline: "连接断开，正在重新连接…",
    notFollowing: "关注公众号后才能发消息。", follow: "关注公众号", more: "更多",
    inputLabel: "消息内容", inputHint: "以市民身份提问", send: "发送",
    views: "对话与文章留言", tabChat: "对话", tabArticles: "文章留言", loading: "正在载入…", newerReply: "有新答复", news: "{n} 条新的",
    articlesHint: "文章下的精选留言和公众号的答复，读者都能看到。", noArticles: "这个公众号还没有可以留言的文章。",
    commentCount: "{n} 条留言", onlyLast: "，显示最近 {n} 条", someone: "微信网友", author: "作者", notElected: "未精选，仅留言者可见",
    image: "图片", location: "位置", voice: "语音", link: "链接", scan: "扫码", unfollow: "取消关注", video: "视频",
    trafficTitle: "微信协议通信", trafficHint: "供工程师查看：每一次回调与接口调用的原文和解密后的内容。密钥与令牌已隐去。",
    noTraffic: "还没有通信。发一条消息试试。",
    emptyThread: "还没有消息。试试问：",
    sending: "发送中", accepted: "已发送", retrying: "重试中（第 {n} 次未成功）", failed: "服务异常",
    typing: "对方正在输入…", ai: "内容由第三方 AI 生成", agent: "客服 {name}", passive: "自动回复",
    voiceText: "语音 2″", articleText: "文章", cardText: "卡券", programText: "小程序", musicText: "音乐", unknownText: "暂不支持的消息（{type}）",
    evSubscribe: "您已关注该公众号", evScanSubscribe: "您扫码关注了该公众号", evUnsubscribe: "您已取消关注", evScan: "您扫描了二维码",
    evClick: "您点击了菜单", evView: "您打开了菜单页面", evOther: "事件 {name}",
    fromMe: "我", fromDesk: "公众号", fromPlatform: "微信",
    modePlain: "明文", modeCompatible: "兼容", modeSafe: "安全",
    factMode: "消息模式", factHook: "回调地址", factWindow: "可回复", noHook: "未设置", noWindow: "窗口已关闭",
    windowMessage: "来信", windowMenu: "菜单", windowSubscribe: "关注", windowScan: "扫码", windowLeft: "{name}：剩 {n} 条，至 {at}",
    check: "校验网址", checkOK: "网址校验通过", expires: "过期",
    kindCallback: "回调", kindVerify: "网址校验", kindAPI: "接口", toDesk: "平台 → 工作台", toPlatform: "工作台 → 平台",
    try: "第 {n} 次", noAnswer: "无应答", request: "请求", requestPlain: "请求（解密后）", response: "应答", responsePlain: "应答（解密后）",
    problem: "问题", fault: "演练",
    noAccounts: "模拟器里还没有公众号。", unreachable: "连不上模拟器，内容还在，请稍后再试。", failedAction: "没有成功：{why}", tooLong: "消息太长，最多 2048 字节。", badImage: "请选择 10 MB 以内的 PNG、JPEG、GIF 或 BMP 图片。",
    today: "今天", yesterday: "昨天",
    places: [["市政务服务中心", 30.2741, 120.1551], ["城东社区服务站", 30.2921, 120.2105], ["滨江公园南门", 30.2086, 120.2113]],
    linkTitle: "关于调整居住证办理时间的通告", linkText: "自下月起窗口周六上午照常办理。",
    examples: ["居住证怎么办理", "公积金可以提取出来交房租吗", "孩子上小学怎么报名"],
    f_callback_duplicate: "消息重复送达", f_callback_reorder: "消息先后颠倒", f_callback_delay: "消息延迟 3 秒",
    f_send_answer_lost: "答复已收下但应答丢失", f_send_slow: "答复 6 秒后才应答", f_send_reset: "发送时连接中断",
    f_send_http_500: "发送时 HTTP 500", f_send_http_502: "发送时 HTTP 502", f_send_busy: "系统繁忙（-1）",
    f_send_daily_limit: "当日额度用完（45009）", f_send_minute_limit: "调用太频繁（45011）", f_send_bad_token: "令牌无效（40001）",
    f_comments_off: "没有留言权限（88000）", f_token_short: "令牌只有 300 秒", f_ip_blocked: "IP 不在白名单（40164）",
  },
  en: {
    docTitle: "Citizen phone · WeChat simulator", skip: "Skip to the message box",
    title: "Citizen phone", subtitle: "Play the citizen here: write to the official account. What the staff reply appears on this phone.",
    settings: "Settings", traffic: "Protocol", theme: "Switch dark or light",
    who: "Who writes to whom", account: "Official account", citizen: "Citizen", newCitizen: "+ New citizen", iAm: "I am",
    faults: "Fault drill", faultsHint: "Make the platform fail and see how the desk copes.",
    scope: "Scope", scopeAccount: "This account only", scopeAll: "All accounts",
    killTokens: "Kill tokens now", expireMedia: "Expire all media", clearFaults: "All back to normal",
    off: "Normal", once: "Next time", half: "Half", always: "Always",
    conversation: "Conversation with the account", newer: "↓ New messages", offline: "Connection lost, reconnecting…",
    notFollowing: "Follow the account to write to it.", follow: "Follow", more: "More",
    inputLabel: "Message", inputHint: "Ask as a citizen", send: "Send",
    views: "Chat and comments", tabChat: "Chat", tabArticles: "Comments", loading: "Loading…", newerReply: "New reply", news: "{n} new",
    articlesHint: "Every reader sees the featured comments under an article and the account's replies.", noArticles: "This account has no article with comments.",
    commentCount: "Comments: {n}", onlyLast: " (the last {n} shown)", someone: "A reader", author: "Author", notElected: "Not featured: seen by its writer only",
    image: "Picture", location: "Location", voice: "Voice", link: "Link", scan: "Scan code", unfollow: "Unfollow", video: "Video",
    trafficTitle: "WeChat protocol", trafficHint: "For engineers: every callback and API call, as sent and decrypted. Secrets and tokens are masked.",
    noTraffic: "No traffic yet. Send a message.",
    emptyThread: "No messages yet. Try asking:",
    sending: "Sending", accepted: "Sent", retrying: "Retrying (try {n} failed)", failed: "Service fault",
    typing: "Typing…", ai: "Made by third-party AI", agent: "Agent {name}", passive: "Instant reply",
    voiceText: "Voice 2″", articleText: "Article", cardText: "Coupon", programText: "Mini program", musicText: "Music", unknownText: "Unsupported message ({type})",
    evSubscribe: "You follow this account", evScanSubscribe: "You followed by scanning a code", evUnsubscribe: "You left this account", evScan: "You scanned a code",
    evClick: "You tapped a menu item", evView: "You opened a menu page", evOther: "Event {name}",
    fromMe: "Me", fromDesk: "Account", fromPlatform: "WeChat",
    modePlain: "plain", modeCompatible: "compatible", modeSafe: "safe",
    factMode: "Mode", factHook: "Callback address", factWindow: "Reply window", noHook: "not set", noWindow: "closed",
    windowMessage: "message", windowMenu: "menu", windowSubscribe: "follow", windowScan: "scan", windowLeft: "{name}: {n} left until {at}",
    check: "Verify address", checkOK: "The address answered rightly", expires: "expires",
    kindCallback: "Callback", kindVerify: "Verification", kindAPI: "API", toDesk: "platform → desk", toPlatform: "desk → platform",
    try: "try {n}", noAnswer: "no answer", request: "Request", requestPlain: "Request, decrypted", response: "Answer", responsePlain: "Answer, decrypted",
    problem: "Problem", fault: "Drill",
    noAccounts: "The simulator has no account yet.", unreachable: "The simulator cannot be reached. Nothing was lost; try again soon.", failedAction: "That failed: {why}", tooLong: "Too long: 2048 bytes at most.", badImage: "Choose a PNG, JPEG, GIF or BMP picture of at most 10 MB.",
    today: "Today", yesterday: "Yesterday",
    places: [["市政务服务中心", 30.2741, 120.1551], ["城东社区服务站", 30.2921, 120.2105], ["滨江公园南门", 30.2086, 120.2113]],
    linkTitle: "关于调整居住证办理时间的通告", linkText: "自下月起窗口周六上午照常办理。",
    examples: ["居住证怎么办理", "公积金可以提取出来交房租吗", "孩子上小学怎么报名"],
    f_callback_duplicate: "Message delivered twice", f_callback_reorder: "Messages out of order", f_callback_delay: "Message 3 s late",
    f_send_answer_lost: "Reply accepted, answer lost", f_send_slow: "Reply answered after 6 s", f_send_reset: "Connection breaks on send",
    f_send_http_500: "HTTP 500 on send", f_send_http_502: "HTTP 502 on send", f_send_busy: "System busy (-1)",
    f_send_daily_limit: "Daily quota used (45009)", f_send_minute_limit: "Too many calls (45011)", f_send_bad_token: "Token refused (40001)",
    f_comments_off: "No comment privilege (88000)", f_token_short: "Tokens last 300 s", f_ip_blocked: "IP not allowed (40164)",
  },
};

const asked = new URLSearchParams(location.search).get("lang");
let current = words[asked] ? asked : words[remember("phone.lang")] ? remember("phone.lang") : "zh";

export function remember(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(key);
    localStorage.setItem(key, value);
  } catch { /* private windows may refuse; the page works without */ }
  return null;
}

export const language = () => current;

export function setLanguage(next) {
  current = next;
  remember("phone.lang", next);
}

// t gives a text, with {name} replaced by values.name.
export function t(key, values = {}) {
  const text = words[current][key] ?? key;
  return typeof text === "string" ? text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "") : text;
}

// applyWords puts the language into the markup.
export function applyWords(root = document) {
  document.documentElement.lang = current === "zh" ? "zh-CN" : "en";
  document.title = t("docTitle");
  for (const el of root.querySelectorAll("[data-i18n]")) el.textContent = t(el.dataset.i18n);
  for (const el of root.querySelectorAll("[data-i18n-label]")) el.setAttribute("aria-label", t(el.dataset.i18nLabel));
  for (const el of root.querySelectorAll("[data-i18n-placeholder]")) el.placeholder = t(el.dataset.i18nPlaceholder);
}
