-- Run by ci/clients in Neovim, with the page's set-up in place and a.c open.
local function fail(what)
  io.stderr:write('neovim: ' .. what .. '\n' .. vim.inspect(vim.diagnostic.get(0)) .. '\n')
  vim.cmd('cquit 1')
end

local function lines()
  local found = {}
  for _, d in ipairs(vim.diagnostic.get(0)) do
    if d.source ~= 'lifelint' then fail('a diagnostic of another source') end
    table.insert(found, d.lnum + 1)
  end
  table.sort(found)
  return table.concat(found, ' ')
end

local function expect(wanted, what)
  vim.wait(60000, function() return lines() == wanted end, 50)
  if lines() ~= wanted then fail(what .. ': lines ' .. lines() .. ', not ' .. wanted) end
end

-- The n-th of the actions on a line.
local function act(line, title)
  vim.ui.select = function(items, _, choose)
    for i, item in ipairs(items) do
      if item[2].title:find(title, 1, true) then return choose(item, i) end
    end
    fail('no action "' .. title .. '": ' .. vim.inspect(items))
  end
  vim.api.nvim_win_set_cursor(0, { line, 0 })
  vim.lsp.buf.code_action()
end

expect('4 9 12', 'the whole program')
act(12, 'Mend: remove the comment')
expect('4 9', 'the suppression removed')
local step = vim.diagnostic.get(0, { lnum = 8 })[1].user_data.lsp.relatedInformation
if not step or #step < 2 then fail('no path') end
act(9, 'Accept this finding')
expect('4', 'accepted')
if not vim.api.nvim_buf_get_lines(0, 8, 9, true)[1]:find('lifelint:ignore libc%-heap%-leak: reason') then fail('no comment') end
vim.api.nvim_buf_set_lines(0, 4, 5, true, { '    free(p);' })
expect('', 'mended')
vim.api.nvim_buf_set_lines(0, 4, 5, true, { '    drop(p);' })
expect('4', 'broken again')
vim.cmd('qall!')
