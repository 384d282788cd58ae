// What the page says, in Chinese and in English.

export const WORDING = {
  "zh-CN": {
    title: "软电话", hotline: "热线", from: "主叫号码", withheld: "留空即不显示号码",
    microphone: "用麦克风说话", call: "拨打", hangup: "挂断", keypad: "拨号键盘",
    hint: "通话中可直接按键盘上的数字键。", transcript: "实时字幕", typeLabel: "打字代替说话",
    typeHere: "打字代替说话，按回车发送", send: "发送", other: "English", otherLang: "en",
    idle: "未接通", connecting: "接通中", talking: "通话中", transferred: "已转人工", ended: "已挂断", failed: "没有接通",
    caller: "来电者", bot: "客服",
    micRefused: "用不了麦克风，请打字。", busy: "线路忙，请稍后再拨。", badNumber: "主叫号码不对。",
    refused: "呼叫被拒绝。", lost: "连接断了。", ticket: "工单",
  },
  en: {
    title: "Softphone", hotline: "Hotline", from: "Calling number", withheld: "Empty: number withheld",
    microphone: "Speak by microphone", call: "Call", hangup: "Hang up", keypad: "Keypad",
    hint: "During a call the digit keys of your keyboard work too.", transcript: "Live transcript",
    typeLabel: "Type instead of speaking", typeHere: "Type instead of speaking, Enter sends", send: "Send",
    other: "中文", otherLang: "zh-CN",
    idle: "Not connected", connecting: "Connecting", talking: "In call", transferred: "Passed to a human",
    ended: "Hung up", failed: "Not connected", caller: "Caller", bot: "Hotline",
    micRefused: "No microphone; please type.", busy: "All lines are busy.", badNumber: "That is no number.",
    refused: "The call was refused.", lost: "The connection was lost.", ticket: "Ticket",
  },
};
